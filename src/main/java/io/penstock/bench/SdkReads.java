package io.penstock.bench;

import io.penstock.store.ByteRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// The SDK's blocking client: each thread reads the stream through a small array on the heap.
final class SdkReads implements RangeReads.Blocking {
  private static final int COPY_BYTES = 256 << 10;

  private final S3Client client;
  private final String bucket;

  /// @param client owned
  SdkReads(S3Client client, String bucket) {
    this.client = client;
    this.bucket = bucket;
  }

  static GetObjectRequest request(String bucket, String key, ByteRange range) {
    return GetObjectRequest.builder()
        .bucket(bucket)
        .key(key)
        .range(RangeReads.field(range))
        .build();
  }

  @Override
  public String with() {
    return "S3Client of SDK " + VersionInfo.SDK_VERSION + " over Apache 5";
  }

  @Override
  public RangeReads.Reader reader() {
    byte[] piece = new byte[COPY_BYTES];
    return new RangeReads.Reader() {
      @Override
      public void read(String key, ByteRange range, MemorySegment slot) throws IOException {
        try (ResponseInputStream<GetObjectResponse> body =
            client.getObject(request(bucket, key, range))) {
          long at = 0;
          int wanted = (int) Math.min(piece.length, range.length());
          for (int count = body.read(piece, 0, wanted);
              count >= 0;
              count = body.read(piece, 0, wanted)) {
            if (count <= slot.byteSize() - at) {
              MemorySegment.copy(MemorySegment.ofArray(piece), 0, slot, at, count);
            }
            at += count;
          }
          RangeReads.check(body.response().sdkHttpResponse().statusCode(), at, range);
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {
    client.close();
  }
}
