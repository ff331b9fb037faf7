package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PartOrder;
import io.penstock.store.PendingTransfer;
import io.penstock.store.PutResult;
import io.penstock.store.StoreChecks;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/// A multipart upload; an object below the least size of a part is one put at the end.
final class S3Upload implements Upload {
  // The thread of the first part asks for the upload's id; those of the others wait for it.
  // What is smaller than a part can only be the whole object or its end. As the whole object it is
  // copied, so that the caller's memory is free before the put that completes it.
  //
  // A completion is sent once at a time. After a lost answer the object itself tells whether it was
  // applied: its key is nobody else's, and its ETag ends with the number of parts.
  private final S3Store store;
  private final S3Bucket bucket;
  private final S3Transfers transfers;
  private final String key;
  private final PartOrder order;
  private final List<PendingTransfer<CompletedPart>> parts = new ArrayList<>();
  private final List<CompletableFuture<Void>> told = new ArrayList<>();
  private byte @Nullable [] smallObject;
  private final Object beginning = new Object();
  private @Nullable String uploadId;

  S3Upload(S3Store store, S3Bucket bucket, S3Transfers transfers, String key) {
    this.store = store;
    this.bucket = bucket;
    this.transfers = transfers;
    this.key = key;
    this.order = new PartOrder(key);
  }

  @Override
  public CompletableFuture<Void> append(MemorySegment part) {
    long position = order.add(part.byteSize());
    if (position == 0 && part.byteSize() < MIN_PART_BYTES) {
      smallObject = part.toArray(ValueLayout.JAVA_BYTE);
      return CompletableFuture.completedFuture(null);
    }
    if (part.byteSize() == 0) {
      return CompletableFuture.completedFuture(null);
    }
    int number = parts.size() + 1;
    PendingTransfer<CompletedPart> sent = transfers.start(what(number), _ -> send(number, part));
    parts.add(sent);
    told.add(sent.thenAccept(_ -> {}));
    return told.getLast();
  }

  private String what(int number) {
    return "upload part " + number + " of " + key;
  }

  /// The id, asked for by the first thread that needs it; the others wait.
  private String uploadId() {
    synchronized (beginning) {
      if (uploadId == null) {
        uploadId = begin();
      }
      return uploadId;
    }
  }

  private String begin() {
    return bucket.attempt(
        "begin the upload of " + key,
        () ->
            bucket
                .clients()
                .repeating()
                .createMultipartUpload(
                    CreateMultipartUploadRequest.builder()
                        .bucket(bucket.name())
                        .key(bucket.fullKey(key))
                        .build())
                .uploadId());
  }

  private CompletedPart send(int number, MemorySegment part) {
    String id = uploadId();
    String etag =
        bucket.attempt(
            what(number),
            () ->
                bucket
                    .clients()
                    .repeating()
                    .uploadPart(
                        UploadPartRequest.builder()
                            .bucket(bucket.name())
                            .key(bucket.fullKey(key))
                            .uploadId(id)
                            .partNumber(number)
                            .contentLength(part.byteSize())
                            .build(),
                        SegmentBody.of(part))
                    .eTag());
    return CompletedPart.builder().partNumber(number).eTag(etag).build();
  }

  @Override
  public ObjectInfo complete() {
    long bytes = order.end();
    if (parts.isEmpty()) {
      return putWhole(smallObject == null ? new byte[0] : smallObject);
    }
    boolean completed = false;
    try {
      List<CompletedPart> sent = new ArrayList<>();
      for (PendingTransfer<CompletedPart> part : parts) {
        sent.add(PendingTransfer.await(part, "upload " + key));
      }
      ObjectInfo info = completeParts(sent, bytes);
      completed = true;
      return info;
    } finally {
      if (!completed) {
        abort();
      }
    }
  }

  /// Puts the small object, again until the store has said what became of it.
  private ObjectInfo putWhole(byte[] content) {
    String what = "put " + key;
    boolean doubtful = false;
    for (int attempt = 1; ; attempt++) {
      PutResult result = store.create(key, MemorySegment.ofArray(content));
      switch (result) {
        case PutResult.Stored _ -> {
          return found();
        }
        case PutResult.Exists _ -> {
          if (doubtful && isThere(content)) {
            return found();
          }
          throw StoreChecks.existsAlready(key);
        }
        case PutResult.Unknown unknown -> {
          doubtful = true;
          giveUpAfter(attempt, unknown.reason(), null);
          bucket.pause(what, attempt);
        }
      }
    }
  }

  private boolean isThere(byte[] content) {
    return store.stat(key).filter(info -> info.bytes() == content.length).isPresent()
        && store
            .get(key, content.length)
            .filter(object -> java.util.Arrays.equals(object.content(), content))
            .isPresent();
  }

  private ObjectInfo found() {
    return store
        .stat(key)
        .orElseThrow(() ->
            new TransientException(
                ErrorCode.STORE_UNAVAILABLE, "object " + key + " is gone after it was put"));
  }

  private ObjectInfo completeParts(List<CompletedPart> sent, long bytes) {
    String what = "complete " + key;
    boolean conditional = true;
    boolean doubtful = false;
    for (int attempt = 1; ; attempt++) {
      try {
        requestCompletion(sent, conditional);
        return found();
      } catch (SdkException e) {
        int status = e instanceof S3Exception s3 ? s3.statusCode() : 0;
        if (doubtful && (status == 404 || status == 412) && isMine(sent.size(), bytes)) {
          return found();
        }
        if (status == 412) {
          throw StoreChecks.existsAlready(key);
        }
        boolean ignorant = status == 501 && conditional;
        conditional = conditional && !ignorant;
        boolean refused = status >= 400 && status < 500 && status != 409 && status != 429;
        if (refused) {
          throw bucket.failures().of(what, e);
        }
        doubtful = true;
        giveUpAfter(attempt, what, e);
        bucket.pause(what, attempt);
      }
    }
  }

  private void requestCompletion(List<CompletedPart> sent, boolean conditional) {
    CompleteMultipartUploadRequest request =
        CompleteMultipartUploadRequest.builder()
            .bucket(bucket.name())
            .key(bucket.fullKey(key))
            .uploadId(uploadId())
            .ifNoneMatch(conditional ? "*" : null)
            .multipartUpload(upload -> upload.parts(sent))
            .build();
    String etag =
        bucket.withFreshCredentials(
            () -> bucket.clients().once().completeMultipartUpload(request).eTag());
    if (etag == null) {
      throw SdkException.create("the answer to the completion of " + key + " has no ETag", null);
    }
  }

  private boolean isMine(int partCount, long bytes) {
    return store
        .stat(key)
        .filter(info -> info.bytes() == bytes)
        .filter(info -> info.etag().replace("\"", "").endsWith("-" + partCount))
        .isPresent();
  }

  private void giveUpAfter(int attempt, String what, @Nullable SdkException e) {
    if (attempt >= bucket.attempts()) {
      throw e == null
          ? new TransientException(ErrorCode.STORE_UNAVAILABLE, what)
          : bucket.failures().of(what + " after " + attempt + " attempts", e);
    }
  }

  @Override
  public void close() {
    if (order.discard()) {
      abort();
    }
  }

  /// Waits until no part is in flight, and their futures are done, then has the store forget them.
  private void abort() {
    PendingTransfer.awaitEnds(parts);
    PendingTransfer.awaitEnds(told);
    String id;
    synchronized (beginning) {
      id = uploadId;
    }
    if (id == null || bucket.isClosed()) {
      return;
    }
    try {
      bucket
          .clients()
          .repeating()
          .abortMultipartUpload(
              AbortMultipartUploadRequest.builder()
                  .bucket(bucket.name())
                  .key(bucket.fullKey(key))
                  .uploadId(id)
                  .build());
    } catch (SdkException e) {
      if (!(e instanceof S3Exception answer && answer.statusCode() == 404)) {
        throw bucket.failures().of("abort the upload of " + key, e);
      }
    }
  }
}
