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
  private static final int MOST_SHOWN = 40;
  private static final String STATUS_LINE = "HTTP/1.1 206";

  private final int status;
  private final boolean lasting;
  private final Map<String, String> headers;

  private ResponseHead(int status, boolean lasting, Map<String, String> headers) {
    this.status = status;
    this.lasting = lasting;
    this.headers = headers;
  }

  /// Parses a head.
  ///
  /// @param text all of it, one char for each byte, without the empty line at its end
  /// @throws ProtocolException naming what is no HTTP
  static ResponseHead parse(String text) throws ProtocolException {
    int end = lineEnd(text, 0);
    if (!text.startsWith(BEGINNING) || end < STATUS_LINE.length() || text.charAt(8) != ' ') {
      throw malformed("begins with", text.substring(0, end));
    }
    int status = (int) PartHead.number("status", text.substring(9, 12));
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
      throw malformed("has a line", line);
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
    return value == null ? -1 : PartHead.number("content-length", value);
  }

  boolean chunked() throws ProtocolException {
    String value = headers.get("transfer-encoding");
    if (value != null && !value.equalsIgnoreCase("chunked")) {
      throw malformed("has the transfer encoding", value);
    }
    return value != null;
  }

  /// What the answer says of the part that it brings.
  PartHead part() throws ProtocolException {
    if (chunked()) {
      throw malformed("has the transfer encoding", "chunked");
    }
    String range = headers.get("content-range");
    return new PartHead(
        range == null ? Optional.empty() : Optional.of(PartHead.Part.parse(range)),
        contentLength(),
        header("etag").filter(tag -> !tag.isEmpty()),
        date("last-modified").orElse(Instant.EPOCH));
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

  /// What a head is refused with.
  static ProtocolException malformed(String what, String found) {
    String shown = found.substring(0, Math.min(found.length(), MOST_SHOWN));
    return new ProtocolException(
        "the answer's head " + what + " \"" + shown.replaceAll("[^ -~]", "?") + "\"");
  }
}
