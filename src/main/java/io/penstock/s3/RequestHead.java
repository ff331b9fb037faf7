package io.penstock.s3;

import io.penstock.store.ByteRange;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The bytes of GETs to one bucket: HTTP/1.1, a fixed set of headers, signed. Thread-safe.
final class RequestHead {
  private static final BitSet UNRESERVED = new BitSet();

  static {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/"
        .chars()
        .forEach(UNRESERVED::set);
  }

  /// What requests say whose sender pays for them, beside `requester`.
  static final String PAYER = "x-amz-request-payer";

  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final BucketAddress address;
  private final String root;
  private final RequestSigner signer;
  private final boolean requesterPays;

  /// @param prefix what all keys begin with
  /// @param requesterPays whether requests say that their sender pays for them
  RequestHead(BucketAddress address, String prefix, RequestSigner signer, boolean requesterPays) {
    this.address = address;
    this.root = address.path() + encode(prefix);
    this.signer = signer;
    this.requesterPays = requesterPays;
  }

  /// What to send for a request. May block, see [RequestSigner#sign].
  byte[] of(GetRequest request) {
    String path = path(request);
    SortedMap<String, String> headers = headers(request);
    signer.sign(path, headers);
    return text(path, headers);
  }

  /// The same, if that is possible without blocking.
  Optional<byte[]> atOnce(GetRequest request) {
    String path = path(request);
    SortedMap<String, String> headers = headers(request);
    return signer.signAtOnce(path, headers) ? Optional.of(text(path, headers)) : Optional.empty();
  }

  private String path(GetRequest request) {
    return root + encode(request.key());
  }

  private SortedMap<String, String> headers(GetRequest request) {
    ByteRange range = request.range();
    SortedMap<String, String> headers = new TreeMap<>();
    headers.put("host", address.hostHeader());
    headers.put("range", "bytes=" + range.offset() + "-" + (range.end() - 1));
    request.etag().ifPresent(etag -> headers.put("if-match", etag));
    if (requesterPays) {
      headers.put(PAYER, "requester");
    }
    return headers;
  }

  private static byte[] text(String path, SortedMap<String, String> headers) {
    StringBuilder text = new StringBuilder(1024);
    text.append("GET ").append(path).append(" HTTP/1.1\r\n");
    headers.forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    return text.append("user-agent: penstock\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Percent-encodes all but unreserved characters and slashes.
  static String encode(String key) {
    StringBuilder text = new StringBuilder(key.length() + 16);
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      if (b >= 0 && UNRESERVED.get(b)) {
        text.append((char) b);
      } else {
        text.append('%').append(HEX.toHexDigits(b));
      }
    }
    return text.toString();
  }
}
