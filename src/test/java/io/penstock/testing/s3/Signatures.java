package io.penstock.testing.s3;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Checks signatures of version 4 in the `Authorization` header, as Amazon documents them: the
/// request, the SHA-256 of its body, and the signed chunks of a streamed one.
final class Signatures {
  private static final Pattern AUTHORIZATION =
      Pattern.compile(
          "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/s3/aws4_request, ?"
              + "SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
  private static final Duration MOST_SKEW = Duration.ofMinutes(15);
  private static final String EMPTY_HASH = hash(new byte[0]);

  private final String accessKey;
  private final String secretKey;
  private final InstantSource clock;

  Signatures(String accessKey, String secretKey, InstantSource clock) {
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.clock = clock;
  }

  /// Thrown when a request is not what its signature says; the code of S3's error document.
  static final class Mismatch extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Mismatch(int status, String code) {
      super(code);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /// Checks a request and returns its body, decoded from signed chunks if it was sent in such.
  byte[] check(WireRequest request) throws Mismatch {
    Matcher parts = AUTHORIZATION.matcher(request.header("authorization").orElse(""));
    if (!parts.matches()) {
      throw new Mismatch(403, "AccessDenied");
    }
    if (!parts.group(1).equals(accessKey)) {
      throw new Mismatch(403, "InvalidAccessKeyId");
    }
    String time = request.header("x-amz-date").orElse("");
    checkTime(time);
    String scope = parts.group(2) + "/" + parts.group(3) + "/s3/aws4_request";
    String payload = request.header("x-amz-content-sha256").orElse("UNSIGNED-PAYLOAD");
    byte[] key = signingKey(parts.group(2), parts.group(3));
    String toSign =
        "AWS4-HMAC-SHA256\n"
            + time
            + "\n"
            + scope
            + "\n"
            + hash(bytes(canonical(request, parts.group(4), payload)));
    if (!hex(hmac(key, toSign)).equals(parts.group(5))) {
      throw new Mismatch(403, "SignatureDoesNotMatch");
    }
    if (payload.startsWith("STREAMING-")) {
      return unchunk(request, payload, key, time + "\n" + scope, parts.group(5));
    }
    if (!payload.equals("UNSIGNED-PAYLOAD") && !payload.equals(hash(request.body()))) {
      throw new Mismatch(400, "XAmzContentSHA256Mismatch");
    }
    return request.body();
  }

  private void checkTime(String time) throws Mismatch {
    Instant signed;
    try {
      signed = LocalDateTime.parse(time, TIME).toInstant(ZoneOffset.UTC);
    } catch (java.time.format.DateTimeParseException e) {
      throw new Mismatch(403, "AccessDenied");
    }
    if (Duration.between(signed, clock.instant()).abs().compareTo(MOST_SKEW) > 0) {
      throw new Mismatch(403, "RequestTimeTooSkewed");
    }
  }

  private static String canonical(WireRequest request, String signedHeaders, String payload) {
    String query =
        new TreeMap<>(request.query())
            .entrySet().stream()
                .map(each -> encode(each.getKey(), false) + "=" + encode(each.getValue(), false))
                .collect(Collectors.joining("&"));
    String path =
        java.net.URLDecoder.decode(request.rawPath().replace("+", "%2B"), StandardCharsets.UTF_8);
    StringBuilder text = new StringBuilder();
    text.append(request.method()).append('\n').append(encode(path, true)).append('\n');
    text.append(query).append('\n');
    for (String name : signedHeaders.split(";", -1)) {
      String value = request.header(name).orElse("").replaceAll(" +", " ");
      text.append(name).append(':').append(value).append('\n');
    }
    return text.append('\n').append(signedHeaders).append('\n').append(payload).toString();
  }

  /// Percent-encodes all but the unreserved characters, and `/` in paths.
  static String encode(String text, boolean path) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : bytes(text)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0
              || (path && c == '/');
      if (plain) {
        encoded.append(c);
      } else {
        encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return encoded.toString();
  }

  // chunk = hex length [";chunk-signature=" signature] CRLF bytes CRLF; the last has length 0 and
  // is followed by the trailing headers.
  private byte[] unchunk(
      WireRequest request, String payload, byte[] key, String timeAndScope, String seed)
      throws Mismatch {
    boolean signed = payload.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    byte[] body = request.body();
    ByteArrayOutputStream decoded = new ByteArrayOutputStream();
    String previous = seed;
    int at = 0;
    int length;
    do {
      int end = indexOfLine(body, at);
      String[] head = new String(body, at, end - at, StandardCharsets.US_ASCII).split(";", 2);
      length = Integer.parseInt(head[0], 16);
      at = end + 2;
      byte[] chunk = java.util.Arrays.copyOfRange(body, at, at + length);
      if (signed) {
        previous = checkChunk(key, timeAndScope, previous, chunk, head);
      }
      decoded.writeBytes(chunk);
      at += length == 0 ? 0 : length + 2;
    } while (length > 0);
    checkTrailer(new String(body, at, body.length - at, StandardCharsets.US_ASCII), decoded);
    return decoded.toByteArray();
  }

  private static String checkChunk(
      byte[] key, String timeAndScope, String previous, byte[] chunk, String[] head)
      throws Mismatch {
    String toSign =
        "AWS4-HMAC-SHA256-PAYLOAD\n"
            + timeAndScope
            + "\n"
            + previous
            + "\n"
            + EMPTY_HASH
            + "\n"
            + hash(chunk);
    String expected = hex(hmac(key, toSign));
    if (head.length < 2 || !head[1].equals("chunk-signature=" + expected)) {
      throw new Mismatch(403, "SignatureDoesNotMatch");
    }
    return expected;
  }

  private static void checkTrailer(String trailer, ByteArrayOutputStream body) throws Mismatch {
    for (String line : trailer.split("\r\n", -1)) {
      if (line.startsWith("x-amz-checksum-crc32:")) {
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(body.toByteArray());
        byte[] value = java.nio.ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        String expected = java.util.Base64.getEncoder().encodeToString(value);
        if (!line.substring(line.indexOf(':') + 1).strip().equals(expected)) {
          throw new Mismatch(400, "BadDigest");
        }
      }
    }
  }

  private static int indexOfLine(byte[] body, int from) throws Mismatch {
    for (int i = from; i + 1 < body.length; i++) {
      if (body[i] == '\r' && body[i + 1] == '\n') {
        return i;
      }
    }
    throw new Mismatch(400, "IncompleteBody");
  }

  private byte[] signingKey(String date, String region) {
    byte[] key = bytes("AWS4" + secretKey);
    for (String part : new String[] {date, region, "s3", "aws4_request"}) {
      key = hmac(key, part);
    }
    return key;
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hash(byte[] content) {
    return hex(digest("SHA-256", content));
  }

  static byte[] digest(String algorithm, byte[] content) {
    try {
      return MessageDigest.getInstance(algorithm).digest(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
