package io.penstock.s3;

import java.net.ProtocolException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The head of an HTTP/1.1 answer. Immutable.
final class ResponseHead {
  /// The most bytes that a head may have, its end included. S3 allows objects 2 KiB of metadata.
  static final int MOST_BYTES = 16 << 10;

  /// What every answer begins with.
  static final String BEGINNING = "HTTP/1.";

  private static final int MOST_LINES = 128;
  private static final int MOST_DIGITS = 18;
  private static final String STATUS_LINE = "HTTP/1.1 206";

  private final int status;
  private final boolean lasting;
  private final Map<String, String> headers;

  private ResponseHead(int status, boolean lasting, Map<String, String> headers) {
    this.status = status;
    this.lasting = lasting;
    this.headers = headers;
  }

  /// Which bytes of an object an answer holds.
  ///
  /// @param first the offset of the first one
  /// @param last the offset of the last one
  /// @param total the length of the object
  record Part(long first, long last, long total) {}

  /// Parses a head.
  ///
  /// @param text all of it, one char for each byte, without the empty line at its end
  /// @throws ProtocolException naming what is no HTTP
  static ResponseHead parse(String text) throws ProtocolException {
    int end = lineEnd(text, 0);
    if (!text.startsWith(BEGINNING) || end < STATUS_LINE.length() || text.charAt(8) != ' ') {
      throw malformed("begins with", text.substring(0, Math.min(end, 40)));
    }
    int status = (int) number("status", text.substring(9, 12));
    Map<String, String> headers = new HashMap<>();
    int lines = 0;
    for (int at = end + 2; at < text.length(); at = end + 2) {
      end = lineEnd(text, at);
      if (++lines > MOST_LINES) {
        throw new ProtocolException("the answer's head has more than " + MOST_LINES + " lines");
      }
      addLine(text.substring(at, end), headers);
    }
    String connection = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
    boolean lasting =
        text.charAt(7) == '0' ? connection.contains("keep-alive") : !connection.contains("close");
    ResponseHead head = new ResponseHead(status, lasting, headers);
    if (head.contentLength() >= 0 && head.chunked()) {
      throw new ProtocolException("the answer's head gives a length and is chunked");
    }
    return head;
  }

  private static int lineEnd(String text, int from) {
    int end = text.indexOf("\r\n", from);
    return end < 0 ? text.length() : end;
  }

  private static void addLine(String line, Map<String, String> headers) throws ProtocolException {
    int colon = line.indexOf(':');
    if (colon < 1 || line.charAt(0) == ' ' || line.charAt(colon - 1) == ' ') {
      throw malformed("has a line", line.substring(0, Math.min(line.length(), 40)));
    }
    String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
    String value = line.substring(colon + 1).strip();
    String before = headers.put(name, value);
    boolean decisive = name.equals("content-length") || name.equals("content-range");
    if (decisive && before != null && !before.equals(value)) {
      throw malformed("has two values of", name);
    }
  }

  int status() {
    return status;
  }

  /// Whether another request may follow on the connection.
  boolean lasting() {
    return lasting;
  }

  /// Bytes of the body; -1 if the head does not say.
  long contentLength() throws ProtocolException {
    String value = headers.get("content-length");
    return value == null ? -1 : number("content-length", value);
  }

  boolean chunked() throws ProtocolException {
    String value = headers.get("transfer-encoding");
    if (value != null && !value.equalsIgnoreCase("chunked")) {
      throw malformed("has the transfer encoding", value);
    }
    return value != null;
  }

  /// What the answer is a part of, or empty if it does not say.
  Optional<Part> part() throws ProtocolException {
    String value = headers.get("content-range");
    if (value == null) {
      return Optional.empty();
    }
    int dash = value.indexOf('-');
    int slash = value.indexOf('/');
    if (!value.startsWith("bytes ") || dash < 0 || slash < dash) {
      throw malformed("has the range", value);
    }
    return Optional.of(
        new Part(
            number("content-range", value.substring(6, dash)),
            number("content-range", value.substring(dash + 1, slash)),
            number("content-range", value.substring(slash + 1))));
  }

  Optional<String> etag() {
    return header("etag").filter(tag -> !tag.isEmpty());
  }

  /// When the object was written, or the epoch.
  Instant lastModified() {
    return date("last-modified").orElse(Instant.EPOCH);
  }

  /// The server's clock.
  Optional<Instant> date() {
    return date("date");
  }

  Optional<String> requestId() {
    return header("x-amz-request-id");
  }

  Optional<String> bucketRegion() {
    return header("x-amz-bucket-region");
  }

  /// How long to wait before the next request, if that is given in seconds.
  Optional<Duration> retryAfter() {
    return header("retry-after")
        .filter(seconds -> seconds.matches("\\d{1,6}"))
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
  }

  private Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  private Optional<Instant> date(String name) {
    try {
      return header(name).map(DateTimeFormatter.RFC_1123_DATE_TIME::parse).map(Instant::from);
    } catch (DateTimeException _) {
      return Optional.empty(); // nothing depends on it
    }
  }

  private static long number(String what, String digits) throws ProtocolException {
    boolean decimal =
        !digits.isEmpty()
            && digits.length() <= MOST_DIGITS
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!decimal) {
      throw malformed("has the " + what, digits.substring(0, Math.min(digits.length(), 40)));
    }
    return Long.parseLong(digits);
  }

  private static ProtocolException malformed(String what, String found) {
    return new ProtocolException(
        "the answer's head " + what + " \"" + found.replaceAll("[^ -~]", "?") + "\"");
  }
}
