package io.penstock.testing.s3;

import io.penstock.store.Keys;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The buckets with their objects and unfinished uploads. Every method is atomic, so of several
/// conditional puts exactly one wins.
final class S3Objects {
  /// An object, or a part of an upload.
  static final class Stored {
    private final byte[] content;
    private final String etag;
    private final Instant modified;

    Stored(byte[] content, String etag, Instant modified) {
      this.content = content;
      this.etag = etag;
      this.modified = modified;
    }

    /// The bytes themselves, never changed.
    byte[] content() {
      return content;
    }

    String etag() {
      return etag;
    }

    Instant modified() {
      return modified;
    }
  }

  private record Upload(String bucket, String key, NavigableMap<Integer, Stored> parts) {}

  private final InstantSource clock;
  private final Map<String, NavigableMap<String, Stored>> buckets = new HashMap<>();
  private final Map<String, Upload> uploads = new HashMap<>();
  private int nextUpload;

  S3Objects(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void createBucket(String name) {
    buckets.putIfAbsent(name, new TreeMap<>(Keys.ORDER));
  }

  synchronized boolean hasBucket(String name) {
    return buckets.containsKey(name);
  }

  private NavigableMap<String, Stored> bucket(String name) {
    return buckets.getOrDefault(name, new TreeMap<>());
  }

  synchronized Optional<Stored> find(String bucket, String key) {
    return Optional.ofNullable(bucket(bucket).get(key));
  }

  synchronized List<String> keys(String bucket) {
    return List.copyOf(bucket(bucket).keySet());
  }

  synchronized int unfinishedUploads() {
    return uploads.size();
  }

  /// Puts an object if the conditions hold; returns the status if they do not.
  ///
  /// @param ifNoneMatch null or `*`
  /// @param ifMatch null or the tag that the object must have
  synchronized Optional<Integer> put(
      String bucket,
      String key,
      byte[] content,
      String etag,
      @Nullable String ifNoneMatch,
      @Nullable String ifMatch) {
    Stored there = bucket(bucket).get(key);
    if (ifNoneMatch != null && there != null) {
      return Optional.of(412);
    }
    if (ifMatch != null && there == null) {
      return Optional.of(404);
    }
    if (ifMatch != null && !there.etag().equals(ifMatch)) {
      return Optional.of(412);
    }
    bucket(bucket).put(key, new Stored(content, etag, clock.instant()));
    return Optional.empty();
  }

  synchronized void delete(String bucket, String key) {
    bucket(bucket).remove(key);
  }

  /// A page of keys and common prefixes, in order.
  ///
  /// @param entries keys; common prefixes where an object is null
  record Page(Map<String, @Nullable Stored> entries, boolean truncated) {}

  synchronized Page list(
      String bucket, String prefix, String delimiter, String after, int maxKeys) {
    TreeMap<String, @Nullable Stored> entries = new TreeMap<>(Keys.ORDER);
    for (Map.Entry<String, Stored> each : bucket(bucket).tailMap(prefix, true).entrySet()) {
      String key = each.getKey();
      if (!key.startsWith(prefix)) {
        break;
      }
      int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
      String entry = cut < 0 ? key : key.substring(0, cut + delimiter.length());
      boolean before = Keys.ORDER.compare(key, after) <= 0 || Keys.ORDER.compare(entry, after) <= 0;
      if (before || entries.containsKey(entry)) {
        continue;
      }
      if (entries.size() == maxKeys) {
        return new Page(entries, true);
      }
      entries.put(entry, cut < 0 ? each.getValue() : null);
    }
    return new Page(entries, false);
  }

  synchronized String begin(String bucket, String key) {
    String id = "upload-" + ++nextUpload;
    uploads.put(id, new Upload(bucket, key, new TreeMap<>()));
    return id;
  }

  /// Keeps a part; empty if there is no such upload.
  synchronized Optional<String> part(String id, int number, byte[] content) {
    Upload upload = uploads.get(id);
    if (upload == null) {
      return Optional.empty();
    }
    String etag = etag(content);
    upload.parts().put(number, new Stored(content, etag, clock.instant()));
    return Optional.of(etag);
  }

  synchronized boolean abort(String id) {
    return uploads.remove(id) != null;
  }

  /// Completes an upload: the tag of the object, or the status and code of the failure.
  ///
  /// @param etags of the parts, by number, as the request lists them
  synchronized WireAnswer complete(
      String id, NavigableMap<Integer, String> etags, @Nullable String ifNoneMatch) {
    Upload upload = uploads.get(id);
    if (upload == null) {
      return WireAnswer.error(404, "NoSuchUpload");
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    ByteArrayOutputStream hashes = new ByteArrayOutputStream();
    List<Integer> numbers = new ArrayList<>(etags.keySet());
    for (int number : numbers) {
      Stored part = upload.parts().get(number);
      if (part == null || !part.etag().equals(etags.get(number))) {
        return WireAnswer.error(400, "InvalidPart");
      }
      if (number != numbers.getLast() && part.content().length < 5 << 20) {
        return WireAnswer.error(400, "EntityTooSmall");
      }
      content.writeBytes(part.content());
      hashes.writeBytes(HexFormat.of().parseHex(part.etag().replace("\"", "")));
    }
    String etag = etag(hashes.toByteArray()).replaceFirst("\"$", "-" + numbers.size() + "\"");
    Optional<Integer> refused =
        put(upload.bucket(), upload.key(), content.toByteArray(), etag, ifNoneMatch, null);
    if (refused.isPresent()) {
      return WireAnswer.error(refused.get(), "PreconditionFailed");
    }
    uploads.remove(id);
    return WireAnswer.xml(
        200,
        "<CompleteMultipartUploadResult><ETag>"
            + etag.replace("\"", "&quot;")
            + "</ETag></CompleteMultipartUploadResult>");
  }

  static String etag(byte[] content) {
    return "\"" + HexFormat.of().formatHex(Signatures.digest("MD5", content)) + "\"";
  }
}
