package io.penstock.bench;

import io.penstock.store.ByteRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// An asynchronous client of the SDK; what it hands on is copied into the slot.
final class SdkLaterReads implements RangeReads.Later {
  private final S3AsyncClient client;
  private final String with;
  private final String bucket;

  /// @param client owned
  private SdkLaterReads(S3AsyncClient client, String with, String bucket) {
    this.client = client;
    this.with = with;
    this.bucket = bucket;
  }

  static SdkLaterReads overNetty(SdkClients clients, String bucket) {
    return new SdkLaterReads(
        clients.overNetty(),
        "S3AsyncClient of SDK " + VersionInfo.SDK_VERSION + " over Netty",
        bucket);
  }

  static SdkLaterReads overCrt(SdkClients clients, String bucket) {
    return new SdkLaterReads(
        clients.overCrt(), "CRT client of SDK " + VersionInfo.SDK_VERSION, bucket);
  }

  @Override
  public String with() {
    return with;
  }

  @Override
  public CompletableFuture<?> read(String key, ByteRange range, MemorySegment slot) {
    return client.getObject(SdkReads.request(bucket, key, range), new Copy(range, slot));
  }

  @Override
  public void close() {
    client.close();
  }

  /// Copies a body into memory and checks its length.
  private static final class Copy
      implements AsyncResponseTransformer<GetObjectResponse, Long>, Subscriber<ByteBuffer> {
    private final CompletableFuture<Long> whole = new CompletableFuture<>();
    private final ByteRange range;
    private final ByteBuffer room;
    private int status;
    private long bytes;

    Copy(ByteRange range, MemorySegment slot) {
      this.range = range;
      this.room = slot.asByteBuffer();
    }

    @Override
    public CompletableFuture<Long> prepare() {
      return whole;
    }

    @Override
    public void onResponse(GetObjectResponse response) {
      status = response.sdkHttpResponse().statusCode();
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> publisher) {
      publisher.subscribe(this);
    }

    @Override
    public void exceptionOccurred(Throwable failure) {
      whole.completeExceptionally(failure);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer piece) {
      bytes += piece.remaining();
      if (piece.remaining() <= room.remaining()) {
        room.put(piece);
      }
    }

    @Override
    public void onError(Throwable failure) {
      whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      try {
        RangeReads.check(status, bytes, range);
        whole.complete(bytes);
      } catch (IOException e) {
        whole.completeExceptionally(e);
      }
    }
  }
}
