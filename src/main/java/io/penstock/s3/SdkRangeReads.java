package io.penstock.s3;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreChecks;
import io.penstock.store.StoreCounts;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Ranged reads over the SDK: blocking, one small copy in the heap. The SDK repeats a request until
/// its head has come; a body that breaks off is resumed here where it ended.
final class SdkRangeReads implements RangeReads {
  private static final int COPY_BYTES = 64 << 10;
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

  private final S3Bucket bucket;
  private final S3Transfers transfers;

  SdkRangeReads(S3Bucket bucket, S3Transfers transfers) {
    this.bucket = bucket;
    this.transfers = transfers;
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return transfers.start("read " + request.key(), transfer -> read(request, landing, transfer));
  }

  /// The clients count.
  @Override
  public StoreCounts counts() {
    return StoreCounts.NONE;
  }

  private ObjectInfo read(
      RangeRequest request, Landing landing, PendingTransfer<ObjectInfo> transfer) {
    String what = "read " + request.key();
    Landed landed = new Landed(request, landing, transfer);
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(landed);
      } catch (IOException e) {
        transfer.stopIfCancelled();
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

  /// The reads end with the transfers.
  @Override
  public void close() {}

  private ObjectInfo attempt(Landed landed) throws IOException {
    ResponseInputStream<GetObjectResponse> answer = ask(landed);
    boolean whole = false;
    try {
      ObjectInfo info = landed.checkHead(answer.response());
      landed.transfer.whenCancelled(answer::abort);
      landed.receive(answer);
      whole = true;
      return info;
    } finally {
      if (whole) {
        answer.close();
      } else {
        answer.abort();
      }
    }
  }

  private ResponseInputStream<GetObjectResponse> ask(Landed landed) {
    RangeRequest request = landed.request;
    ByteRange rest = landed.rest();
    try {
      return bucket
          .clients()
          .repeating()
          .getObject(
              GetObjectRequest.builder()
                  .bucket(bucket.name())
                  .key(bucket.fullKey(request.key()))
                  .range("bytes=" + rest.offset() + "-" + (rest.end() - 1))
                  .ifMatch(landed.etag.orElse(null))
                  .build());
    } catch (S3Exception e) {
      if (e.statusCode() == 416) {
        throw new CorruptDataException(
            ErrorCode.DATA_CORRUPT,
            request.key(),
            "ends before byte "
                + rest.offset()
                + ", the range to "
                + rest.end()
                + " was asked for");
      }
      throw bucket.failures().of("read " + request.key(), e);
    } catch (SdkException e) {
      throw bucket.failures().of("read " + request.key(), e);
    }
  }

  /// How far a read has come. Confined to the thread that runs it.
  private static final class Landed {
    private final RangeRequest request;
    private final Landing landing;
    private final PendingTransfer<ObjectInfo> transfer;
    private Optional<String> etag;
    private @Nullable List<Landing.Slice> slices;
    private int nextSlice;
    private long received;

    Landed(RangeRequest request, Landing landing, PendingTransfer<ObjectInfo> transfer) {
      this.request = request;
      this.landing = landing;
      this.transfer = transfer;
      this.etag = request.etag();
    }

    ByteRange rest() {
      ByteRange range = request.range();
      return new ByteRange(range.offset() + received, range.length() - received);
    }

    /// Checks that the answer is about just the bytes that were asked for, of the same object.
    ObjectInfo checkHead(GetObjectResponse head) throws IOException {
      int status = head.sdkHttpResponse().statusCode();
      String contentRange = head.contentRange();
      Matcher range = CONTENT_RANGE.matcher(contentRange == null ? "" : contentRange);
      if (status != 206 || !range.matches()) {
        throw new IOException(
            "the answer is " + status + " with range " + contentRange + ", a part was asked for");
      }
      ObjectInfo info =
          new ObjectInfo(
              request.key(), Long.parseLong(range.group(3)), head.eTag(), modified(head));
      StoreChecks.withinObject(request, info);
      ByteRange rest = rest();
      Long length = head.contentLength();
      if (Long.parseLong(range.group(1)) != rest.offset()
          || Long.parseLong(range.group(2)) != rest.end() - 1
          || (length != null && length != rest.length())) {
        throw new IOException(
            "the answer is "
                + contentRange
                + " of "
                + length
                + " bytes, "
                + rest
                + " was asked for");
      }
      StoreChecks.sameTag(new RangeRequest(request.key(), request.range(), etag), info);
      etag = Optional.of(info.etag());
      return info;
    }

    private static Instant modified(GetObjectResponse head) {
      Instant modified = head.lastModified();
      return modified == null ? Instant.EPOCH : modified;
    }

    void receive(ResponseInputStream<GetObjectResponse> body) throws IOException {
      if (slices == null) {
        slices = Landing.checkedSlices(landing, request.range());
      }
      long length = request.range().length();
      byte[] buffer = new byte[(int) Math.min(COPY_BYTES, length - received)];
      while (received < length) {
        int count = body.read(buffer, 0, (int) Math.min(buffer.length, length - received));
        if (count < 0) {
          throw new IOException("the answer ends after " + received + " of " + length + " bytes");
        }
        land(slices, buffer, count);
        transfer.stopIfCancelled();
      }
      if (body.read() >= 0) {
        throw new IOException("the answer goes on after " + length + " bytes");
      }
    }

    /// Copies what lies in a slice, skips what lies between.
    private void land(List<Landing.Slice> all, byte[] buffer, int count) {
      long end = received + count;
      for (; nextSlice < all.size(); nextSlice++) {
        Landing.Slice slice = all.get(nextSlice);
        long sliceEnd = slice.offset() + slice.target().byteSize();
        long from = Math.max(received, slice.offset());
        long to = Math.min(end, sliceEnd);
        if (from < to) {
          MemorySegment.copy(
              buffer,
              (int) (from - received),
              slice.target(),
              ValueLayout.JAVA_BYTE,
              from - slice.offset(),
              (int) (to - from));
        }
        if (sliceEnd > end) {
          break;
        }
      }
      received = end;
    }
  }
}
