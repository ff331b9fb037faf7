package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.store.ByteRange;
import io.penstock.store.Keys;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreChecks;
import io.penstock.store.StoreCounts;
import io.penstock.store.StoredObject;
import io.penstock.store.Upload;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// Objects in a bucket of Amazon S3, or of a store that speaks its language, below a prefix.
///
/// Reads, listings, deletes and unconditional puts are repeated as the options' patience says;
/// conditional puts are sent once. Ranged reads travel over the transport, parts of uploads on
/// virtual threads of the store's own, so many of them at once; everything else runs in the caller.
/// Credentials never show in messages.
public final class S3Store implements Store {
  /// What a store is given from outside.
  ///
  /// @param clock the time of day, for signatures
  /// @param nanoTime a clock that never goes back, for waits
  /// @param random for waits that shall not coincide; thread-safe
  public record Parts(InstantSource clock, LongSupplier nanoTime, RandomGenerator random) {}

  private final S3Bucket bucket;
  private final S3Transfers transfers;
  private final TransportReads rangeReads;

  /// Opens a store. Makes no request, except that a missing region of Amazon's may be asked for
  /// from the instance that this runs on.
  ///
  /// @throws RefusedException when no region can be found
  public S3Store(S3Options options, Parts parts) {
    this.bucket = new S3Bucket(options, parts);
    this.transfers = new S3Transfers(bucket);
    this.rangeReads = new TransportReads(bucket, bucket.transport());
  }

  @Override
  public URI uri() {
    return bucket.options().uri();
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    String what = "stat " + checked(key);
    try {
      return Optional.of(head(key));
    } catch (S3Exception e) {
      if (e.statusCode() == 404) {
        return Optional.empty();
      }
      throw bucket.failures().of(what, e);
    } catch (SdkException e) {
      throw bucket.failure(what, e);
    }
  }

  private ObjectInfo head(String key) {
    HeadObjectResponse head =
        bucket.headWithFreshCredentials(credentials ->
            bucket
                .clients()
                .repeating()
                .headObject(
                    HeadObjectRequest.builder()
                        .bucket(bucket.name())
                        .key(bucket.fullKey(key))
                        .overrideConfiguration(each -> each.credentialsProvider(credentials))
                        .build()));
    return info(key, head.contentLength(), head.eTag(), head.lastModified());
  }

  private static ObjectInfo info(
      String key, @Nullable Long bytes, @Nullable String etag, @Nullable Instant modified) {
    if (bytes == null || etag == null) {
      throw new TransientException(
          ErrorCode.STORE_UNAVAILABLE, "the answer about " + key + " lacks its length or its ETag");
    }
    return new ObjectInfo(key, bytes, etag, modified == null ? Instant.EPOCH : modified);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    Keys.check(request.key());
    return rangeReads.read(request, landing);
  }

  @Override
  public void distrust(String key, ByteRange range) {
    rangeReads.distrust(key, range);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    String what = "read " + checked(key);
    for (int attempt = 1; ; attempt++) {
      try {
        return getOnce(key, maxBytes);
      } catch (S3Exception e) {
        if (e.statusCode() == 404 && !(e instanceof NoSuchBucketException)) {
          return Optional.empty();
        }
        throw bucket.failures().of(what, e);
      } catch (SdkException e) {
        throw bucket.failure(what, e);
      } catch (IOException e) {
        requireOpen();
        if (attempt >= bucket.attempts()) {
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE,
              what + ": " + e.getMessage() + ", after " + attempt + " attempts",
              e);
        }
        bucket.pause(what, attempt);
      }
    }
  }

  private Optional<StoredObject> getOnce(String key, long maxBytes) throws IOException {
    ResponseInputStream<GetObjectResponse> answer =
        bucket.withFreshCredentials(() ->
            bucket
                .clients()
                .repeating()
                .getObject(
                    GetObjectRequest.builder()
                        .bucket(bucket.name())
                        .key(bucket.fullKey(key))
                        .build()));
    boolean whole = false;
    try {
      GetObjectResponse head = answer.response();
      ObjectInfo info = info(key, head.contentLength(), head.eTag(), head.lastModified());
      StoreChecks.atMost(Math.min(maxBytes, StoreChecks.MAX_ARRAY_BYTES), info);
      byte[] content = answer.readNBytes(Math.toIntExact(info.bytes()));
      if (content.length < info.bytes() || answer.read() >= 0) {
        throw new IOException("the answer has not the " + info.bytes() + " bytes it promised");
      }
      whole = true;
      return Optional.of(new StoredObject(info, content));
    } finally {
      if (whole) {
        answer.close();
      } else {
        answer.abort();
      }
    }
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    String what = "put " + checked(key);
    return switch (condition) {
      case CREATE_ONLY -> create(key, body);
      case NONE ->
          new PutResult.Stored(
              bucket.attempt(
                  what,
                  () ->
                      bucket
                          .clients()
                          .repeating()
                          .putObject(putRequest(key).build(), SegmentBody.of(body))
                          .eTag()));
    };
  }

  private PutObjectRequest.Builder putRequest(String key) {
    return PutObjectRequest.builder().bucket(bucket.name()).key(bucket.fullKey(key));
  }

  /// A create-only put, sent once.
  PutResult create(String key, MemorySegment body) {
    String what = "put " + key;
    try {
      return new PutResult.Stored(
          bucket.withFreshCredentials(() ->
              bucket
                  .clients()
                  .once()
                  .putObject(putRequest(key).ifNoneMatch("*").build(), SegmentBody.of(body))
                  .eTag()));
    } catch (S3Exception e) {
      if (e.statusCode() == 412) {
        return new PutResult.Exists();
      }
      if (e.statusCode() == 409 || e.statusCode() == 429 || e.statusCode() >= 500) {
        return unlessIncapable(what, e);
      }
      throw bucket.failures().of(what, e);
    } catch (SdkException e) {
      if (S3Failures.neverSent(e)) {
        throw bucket.failure(what, e);
      }
      return new PutResult.Unknown(String.valueOf(bucket.failures().of(what, e).getMessage()));
    }
  }

  private PutResult unlessIncapable(String what, S3Exception e) {
    if (e.statusCode() == 501) {
      throw new RefusedException(
          ErrorCode.STORE_INCAPABLE,
          what + ": the store has no conditional puts: " + S3Failures.describe(e),
          e);
    }
    return new PutResult.Unknown(what + ": " + S3Failures.describe(e));
  }

  @Override
  public Upload upload(String key) {
    checked(key);
    return new S3Upload(this, bucket, transfers, key);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    Keys.checkListing(prefix, startAfter, maxKeys);
    requireOpen();
    List<ObjectInfo> objects = new ArrayList<>();
    String after = startAfter.isEmpty() ? "" : bucket.fullKey(startAfter);
    boolean truncated = true;
    // A page can consist of names that are no keys of ours, such as the placeholders of consoles.
    while (truncated && objects.isEmpty()) {
      String from = after.isEmpty() ? null : after;
      ListObjectsV2Response page =
          page(prefix, request -> request.startAfter(from).maxKeys(maxKeys));
      for (S3Object object : page.contents()) {
        after = object.key();
        String key = object.key().substring(bucket.options().prefix().length());
        if (Keys.isKey(key)) {
          objects.add(info(key, object.size(), object.eTag(), object.lastModified()));
        }
      }
      truncated = page.isTruncated() && !page.contents().isEmpty();
    }
    return new ObjectPage(objects, truncated);
  }

  private ListObjectsV2Response page(
      String prefix, Consumer<ListObjectsV2Request.Builder> settings) {
    return bucket.attempt(
        "list " + prefix,
        () ->
            bucket
                .clients()
                .repeating()
                .listObjectsV2(
                    ListObjectsV2Request.builder()
                        .bucket(bucket.name())
                        .prefix(bucket.fullKey(prefix))
                        .applyMutation(settings)
                        .build()));
  }

  @Override
  public List<String> listDirectories(String prefix) {
    Keys.checkDirectory(prefix);
    requireOpen();
    List<String> names = new ArrayList<>();
    String token = null;
    do {
      String next = token;
      ListObjectsV2Response page =
          page(prefix, request -> request.delimiter("/").continuationToken(next));
      for (CommonPrefix found : page.commonPrefixes()) {
        String name = found.prefix().substring(bucket.fullKey(prefix).length());
        if (Keys.isKey(name.substring(0, name.length() - 1))) {
          names.add(name);
        }
      }
      token = page.isTruncated() ? page.nextContinuationToken() : null;
    } while (token != null);
    return List.copyOf(names);
  }

  @Override
  public void delete(String key) {
    String what = "delete " + checked(key);
    bucket.attempt(
        what,
        () ->
            bucket
                .clients()
                .repeating()
                .deleteObject(request -> request.bucket(bucket.name()).key(bucket.fullKey(key))));
  }

  @Override
  public StoreCounts counts() {
    return bucket.counts().counts().plus(rangeReads.counts());
  }

  @Override
  public void close() {
    if (bucket.markClosed()) {
      rangeReads.close();
      transfers.close();
      bucket.clients().close();
    }
  }

  @Override
  public String toString() {
    return "S3Store[" + uri() + "]";
  }

  /// Checks the key and that the store is open, before any request.
  private String checked(String key) {
    Keys.check(key);
    if (!Keys.isKey(bucket.fullKey(key))) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "key \"" + key + "\" is longer than 1024 bytes with the prefix before it");
    }
    requireOpen();
    return key;
  }

  private void requireOpen() {
    if (bucket.isClosed()) {
      throw StoreChecks.closed(uri());
    }
  }
}
