package io.penstock.testing.s3;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Reads HTTP/1.1 requests from one connection.
final class WireReader {
  private static final int LONGEST_LINE = 64 << 10;
  private static final Pattern PATH_STYLE_HOST =
      Pattern.compile("localhost|\\d+\\.\\d+\\.\\d+\\.\\d+|\\[.*]");

  private final InputStream in;
  private final OutputStream out;

  WireReader(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  /// The next request, or empty at the end of the connection.
  Optional<WireRequest> next() throws IOException {
    String first = line();
    if (first == null) {
      return Optional.empty();
    }
    String[] words = first.split(" ", -1);
    if (words.length != 3) {
      throw new IOException("not a request: " + first);
    }
    Map<String, String> headers = headers();
    if ("100-continue".equalsIgnoreCase(headers.get("expect"))) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
    byte[] body = body(headers);
    int question = words[1].indexOf('?');
    String rawPath = question < 0 ? words[1] : words[1].substring(0, question);
    Map<String, String> query = query(question < 0 ? "" : words[1].substring(question + 1));
    return Optional.of(request(words[0], rawPath, query, headers, body));
  }

  private static WireRequest request(
      String method,
      String rawPath,
      Map<String, String> query,
      Map<String, String> headers,
      byte[] body) {
    String path = decode(rawPath.replace("+", "%2B")).substring(1);
    String host = headers.getOrDefault("host", "localhost").replaceFirst(":\\d+$", "");
    String bucket;
    String key;
    if (PATH_STYLE_HOST.matcher(host).matches()) {
      int slash = path.indexOf('/');
      bucket = slash < 0 ? path : path.substring(0, slash);
      key = slash < 0 ? "" : path.substring(slash + 1);
    } else {
      bucket = host.substring(0, host.indexOf('.'));
      key = path;
    }
    return new WireRequest(
        method, rawPath, query, headers, body, bucket, key, operation(method, key, query));
  }

  private static S3Operation operation(String method, String key, Map<String, String> query) {
    boolean upload = query.containsKey("uploadId");
    return switch (method) {
      case "GET" ->
          key.isEmpty()
              ? "2".equals(query.get("list-type")) ? S3Operation.LIST : S3Operation.UNKNOWN
              : S3Operation.GET;
      case "HEAD" -> key.isEmpty() ? S3Operation.UNKNOWN : S3Operation.HEAD;
      case "PUT" ->
          key.isEmpty() ? S3Operation.CREATE_BUCKET : upload ? S3Operation.PART : S3Operation.PUT;
      case "POST" ->
          upload
              ? S3Operation.COMPLETE
              : query.containsKey("uploads") ? S3Operation.BEGIN_UPLOAD : S3Operation.UNKNOWN;
      case "DELETE" -> upload ? S3Operation.ABORT : S3Operation.DELETE;
      default -> S3Operation.UNKNOWN;
    };
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new TreeMap<>();
    for (String pair : raw.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        query.put(decode(name), equals < 0 ? "" : decode(pair.substring(equals + 1)));
      }
    }
    return query;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String line = line(); line != null && !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return headers;
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      for (int length = chunkLength(); length > 0; length = chunkLength()) {
        body.write(exactly(length));
        line();
      }
      while (!String.valueOf(line()).isEmpty()) {
        // trailers of HTTP itself carry nothing of ours
      }
      return body.toByteArray();
    }
    return exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
  }

  private int chunkLength() throws IOException {
    return Integer.parseInt(String.valueOf(line()).split(";", 2)[0].strip(), 16);
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the request's body ends early");
    }
    return bytes;
  }

  private @org.jspecify.annotations.Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b == '\n') {
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
      line.write(b);
      if (line.size() > LONGEST_LINE) {
        throw new IOException("a line of the request's head is too long");
      }
    }
    return null;
  }
}
