package io.penstock.s3;

import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The head of an HTTP/1.1 answer. Immutable.
final class ResponseHead {
  // A few of its dozen lines are ever asked for: where they are is noted, and what was asked for is
  // cut out then.

  /// The most bytes that a head may have, its end included. S3 allows objects 2 KiB of metadata.
  static final int MOST_BYTES = 16 << 10;

  /// What every answer begins with.
  static final String BEGINNING = "HTTP/1.";

  private static final int MOST_LINES = 128;
  private static final int MOST_SHOWN = 40;
  private static final String STATUS_LINE = "HTTP/1.1 206";

  private final String text;
  private final int status;
  private final boolean lasting;
  private final long contentLength;
  private final List<Line> lines = new ArrayList<>();

  /// Where a line of the text has its name, its colon and its end.
  private record Line(int start, int colon, int end) {}

  /// Parses a head.
  ///
  /// @param text all of it, one char for each byte, without the empty line at its end
  /// @throws ProtocolException naming what is no HTTP
  static ResponseHead parse(String text) throws ProtocolException {
    return new ResponseHead(text);
  }

  private ResponseHead(String text) throws ProtocolException {
    this.text = text;
    int end = lineEnd(0);
    if (!text.startsWith(BEGINNING) || end < STATUS_LINE.length() || text.charAt(8) != ' ') {
      throw malformed("begins with", text.substring(0, end));
    }
    status = (int) PartHead.number("status", text.substring(9, 12));
    for (int at = end + 2; at < text.length(); at = end + 2) {
      end = lineEnd(at);
      addLine(at, end);
    }
    requireOne("content-length");
    requireOne("content-range");
    String connection = header("connection").orElse("").toLowerCase(Locale.ROOT);
    lasting =
        text.charAt(7) == '0' ? connection.contains("keep-alive") : !connection.contains("close");
    String length = last("content-length");
    contentLength = length == null ? -1 : PartHead.number("content-length", length);
    if (contentLength >= 0 && chunked()) {
      throw new ProtocolException("the answer's head gives a length and is chunked");
    }
  }

  private int lineEnd(int from) {
    int end = text.indexOf("\r\n", from);
    return end < 0 ? text.length() : end;
  }

  private void addLine(int start, int end) throws ProtocolException {
    if (lines.size() == MOST_LINES) {
      throw new ProtocolException("the answer's head has more than " + MOST_LINES + " lines");
    }
    int colon = text.indexOf(':', start, end);
    if (colon <= start || text.charAt(start) == ' ' || text.charAt(colon - 1) == ' ') {
      throw malformed("has a line", text.substring(start, end));
    }
    lines.add(new Line(start, colon, end));
  }

  private void requireOne(String name) throws ProtocolException {
    String last = last(name);
    for (Line line : lines) {
      if (isOf(name, line) && !value(line).equals(last)) {
        throw malformed("has two values of", name);
      }
    }
  }

  /// What the last line of that name says, or null.
  private @Nullable String last(String name) {
    for (Line line : lines.reversed()) {
      if (isOf(name, line)) {
        return value(line);
      }
    }
    return null;
  }

  private boolean isOf(String name, Line line) {
    int length = name.length();
    return line.colon() - line.start() == length
        && text.regionMatches(true, line.start(), name, 0, length);
  }

  private String value(Line line) {
    return text.substring(line.colon() + 1, line.end()).strip();
  }

  int status() {
    return status;
  }

  /// Whether another request may follow on the connection.
  boolean lasting() {
    return lasting;
  }

  /// Bytes of the body; -1 if the head does not say.
  long contentLength() {
    return contentLength;
  }

  boolean chunked() throws ProtocolException {
    String value = last("transfer-encoding");
    if (value != null && !value.equalsIgnoreCase("chunked")) {
      throw malformed("has the transfer encoding", value);
    }
    return value != null;
  }

  /// What the answer says of the part that it brings.
  ///
  /// @param dates of the connection
  PartHead part(HttpDates dates) throws ProtocolException {
    if (chunked()) {
      throw malformed("has the transfer encoding", "chunked");
    }
    String range = last("content-range");
    return new PartHead(
        range == null ? Optional.empty() : Optional.of(PartHead.Part.parse(range)),
        contentLength,
        header("etag").filter(tag -> !tag.isEmpty()),
        header("last-modified").flatMap(dates::remembered).orElse(Instant.EPOCH));
  }

  /// The server's clock.
  Optional<Instant> date() {
    return header("date").flatMap(HttpDates::parse);
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
    return Optional.ofNullable(last(name));
  }

  /// What a head is refused with.
  static ProtocolException malformed(String what, String found) {
    String shown = found.substring(0, Math.min(found.length(), MOST_SHOWN));
    return new ProtocolException(
        "the answer's head " + what + " \"" + shown.replaceAll("[^ -~]", "?") + "\"");
  }
}
