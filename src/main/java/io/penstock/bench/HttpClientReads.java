package io.penstock.bench;

import io.penstock.store.ByteRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/// The JDK's HTTP client; what it hands on is copied into the slot.
final class HttpClientReads implements RangeReads.Later {
  private final ServicePlace place;
  private final String bucket;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  HttpClientReads(ServicePlace place, String bucket) {
    this.place = place;
    this.bucket = bucket;
  }

  @Override
  public String with() {
    return "java.net.http of Java " + Runtime.version().feature();
  }

  @Override
  public CompletableFuture<?> read(String key, ByteRange range, MemorySegment slot) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(place.endpoint() + "/" + bucket + "/" + key))
            .header("Range", RangeReads.field(range))
            .build();
    return client
        .sendAsync(request, _ -> new Copy(slot.asByteBuffer()))
        .thenAccept(answer -> {
          try {
            RangeReads.check(answer.statusCode(), answer.body(), range);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public void close() {
    client.close();
  }

  /// Copies a body into memory and counts its bytes.
  private static final class Copy implements BodySubscriber<Long> {
    private final CompletableFuture<Long> whole = new CompletableFuture<>();
    private final ByteBuffer room;
    private long bytes;

    Copy(ByteBuffer room) {
      this.room = room;
    }

    @Override
    public CompletionStage<Long> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
      for (ByteBuffer piece : pieces) {
        bytes += piece.remaining();
        if (piece.remaining() <= room.remaining()) {
          room.put(piece);
        }
      }
    }

    @Override
    public void onError(Throwable failure) {
      whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes);
    }
  }
}
