package io.penstock.testing.s3;

import io.penstock.testing.s3.S3Objects.Stored;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What S3 answers to a request that has been checked. Thread-safe.
final class S3Service {
  private static final Pattern RANGE = Pattern.compile("bytes=(?!-$)(\\d*)-(\\d*)");
  private static final Pattern PART = Pattern.compile("<Part>(.*?)</Part>", Pattern.DOTALL);
  private static final Pattern NUMBER = Pattern.compile("<PartNumber>(\\d+)</PartNumber>");
  private static final Pattern TAG = Pattern.compile("<ETag>(.*?)</ETag>");
  static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final S3Objects objects;

  S3Service(S3Objects objects) {
    this.objects = objects;
  }

  WireAnswer answer(WireRequest request) {
    if (request.operation() != S3Operation.CREATE_BUCKET && !objects.hasBucket(request.bucket())) {
      return WireAnswer.error(404, "NoSuchBucket");
    }
    return switch (request.operation()) {
      case GET, HEAD -> get(request);
      case PUT -> put(request);
      case DELETE -> {
        objects.delete(request.bucket(), request.key());
        yield WireAnswer.empty(204);
      }
      case LIST -> list(request);
      case BEGIN_UPLOAD ->
          WireAnswer.xml(
              200,
              "<InitiateMultipartUploadResult><UploadId>"
                  + objects.begin(request.bucket(), request.key())
                  + "</UploadId></InitiateMultipartUploadResult>");
      case PART -> part(request);
      case COMPLETE ->
          objects.complete(
              request.query().get("uploadId"), listedParts(request), condition(request));
      case ABORT ->
          objects.abort(request.query().get("uploadId"))
              ? WireAnswer.empty(204)
              : WireAnswer.error(404, "NoSuchUpload");
      case CREATE_BUCKET -> {
        objects.createBucket(request.bucket());
        yield WireAnswer.empty(200);
      }
      case UNKNOWN -> WireAnswer.error(501, "NotImplemented");
    };
  }

  private WireAnswer get(WireRequest request) {
    Optional<Stored> found = objects.find(request.bucket(), request.key());
    if (found.isEmpty()) {
      return WireAnswer.error(404, "NoSuchKey");
    }
    Stored object = found.get();
    String etag = object.etag();
    if (request.header("if-match").filter(tag -> !tag.equals(etag)).isPresent()) {
      return WireAnswer.error(412, "PreconditionFailed");
    }
    if (request.header("if-none-match").filter(etag::equals).isPresent()) {
      return WireAnswer.empty(304);
    }
    Optional<String> range = request.header("range");
    return describe(
        range.isEmpty()
            ? new WireAnswer(200, new LinkedHashMap<>(), object.content())
            : ranged(object.content(), range.get()),
        object);
  }

  private static WireAnswer describe(WireAnswer answer, Stored object) {
    return answer
        .with("ETag", object.etag())
        .with("Last-Modified", HTTP_DATE.format(object.modified()))
        .with("Accept-Ranges", "bytes");
  }

  private static WireAnswer ranged(byte[] content, String range) {
    Matcher bounds = RANGE.matcher(range);
    if (!bounds.matches()) {
      return new WireAnswer(200, new LinkedHashMap<>(), content);
    }
    boolean suffix = bounds.group(1).isEmpty();
    long first =
        suffix
            ? Math.max(0, content.length - Long.parseLong(bounds.group(2)))
            : Long.parseLong(bounds.group(1));
    long last =
        suffix || bounds.group(2).isEmpty()
            ? content.length - 1
            : Math.min(content.length - 1, Long.parseLong(bounds.group(2)));
    if (first >= content.length || last < first) {
      return WireAnswer.error(416, "InvalidRange")
          .with("Content-Range", "bytes */" + content.length);
    }
    return new WireAnswer(
            206, new LinkedHashMap<>(), Arrays.copyOfRange(content, (int) first, (int) last + 1))
        .with("Content-Range", "bytes " + first + "-" + last + "/" + content.length);
  }

  private WireAnswer put(WireRequest request) {
    String etag = S3Objects.etag(request.body());
    Optional<Integer> refused =
        objects.put(
            request.bucket(),
            request.key(),
            request.body(),
            etag,
            condition(request),
            request.headers().get("if-match"));
    return refused
        .map(status -> WireAnswer.error(status, status == 404 ? "NoSuchKey" : "PreconditionFailed"))
        .orElseGet(() -> WireAnswer.empty(200).with("ETag", etag));
  }

  private static @Nullable String condition(WireRequest request) {
    return request.headers().get("if-none-match");
  }

  private WireAnswer part(WireRequest request) {
    return objects
        .part(
            request.query().get("uploadId"),
            Integer.parseInt(request.query().getOrDefault("partNumber", "0")),
            request.body())
        .map(etag -> WireAnswer.empty(200).with("ETag", etag))
        .orElseGet(() -> WireAnswer.error(404, "NoSuchUpload"));
  }

  private static NavigableMap<Integer, String> listedParts(WireRequest request) {
    NavigableMap<Integer, String> etags = new TreeMap<>();
    Matcher parts = PART.matcher(new String(request.body(), StandardCharsets.UTF_8));
    while (parts.find()) {
      Matcher number = NUMBER.matcher(parts.group(1));
      Matcher tag = TAG.matcher(parts.group(1));
      if (number.find() && tag.find()) {
        etags.put(Integer.parseInt(number.group(1)), tag.group(1).replace("&quot;", "\""));
      }
    }
    return etags;
  }

  private WireAnswer list(WireRequest request) {
    String prefix = request.parameter("prefix").orElse("");
    String after =
        request
            .parameter("continuation-token")
            .map(token -> new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8))
            .or(() -> request.parameter("start-after"))
            .orElse("");
    int maxKeys = Math.min(1_000, Integer.parseInt(request.parameter("max-keys").orElse("1000")));
    boolean encoded = request.parameter("encoding-type").isPresent();
    S3Objects.Page page =
        objects.list(
            request.bucket(), prefix, request.parameter("delimiter").orElse(""), after, maxKeys);
    StringBuilder xml = new StringBuilder("<ListBucketResult>");
    element(xml, "Name", request.bucket());
    element(xml, "Prefix", name(prefix, encoded));
    element(xml, "MaxKeys", String.valueOf(maxKeys));
    element(xml, "KeyCount", String.valueOf(page.entries().size()));
    element(xml, "IsTruncated", String.valueOf(page.truncated()));
    if (encoded) {
      element(xml, "EncodingType", "url");
    }
    String last = "";
    for (Map.Entry<String, @Nullable Stored> entry : page.entries().entrySet()) {
      last = entry.getKey();
      entry(xml, name(last, encoded), entry.getValue());
    }
    if (page.truncated()) {
      byte[] token = last.getBytes(StandardCharsets.UTF_8);
      element(xml, "NextContinuationToken", Base64.getUrlEncoder().encodeToString(token));
    }
    return WireAnswer.xml(200, xml.append("</ListBucketResult>").toString());
  }

  private static void entry(StringBuilder xml, String name, @Nullable Stored object) {
    if (object == null) {
      xml.append("<CommonPrefixes>");
      element(xml, "Prefix", name);
      xml.append("</CommonPrefixes>");
      return;
    }
    xml.append("<Contents>");
    element(xml, "Key", name);
    element(xml, "LastModified", object.modified().truncatedTo(ChronoUnit.MILLIS).toString());
    element(xml, "ETag", object.etag());
    element(xml, "Size", String.valueOf(object.content().length));
    xml.append("</Contents>");
  }

  private static String name(String key, boolean encoded) {
    return encoded ? Signatures.encode(key, true) : key;
  }

  private static void element(StringBuilder xml, String name, String text) {
    String escaped =
        text.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\"", "&quot;");
    xml.append('<').append(name).append('>').append(escaped).append("</").append(name).append('>');
  }
}
