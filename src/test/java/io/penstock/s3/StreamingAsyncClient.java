package io.penstock.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// An asynchronous client as users may bring one: answers come in pieces, on other threads.
final class StreamingAsyncClient implements S3AsyncClient {
  private static final int PIECE_BYTES = 10_000;

  private final S3Client client;

  /// @param client asks the server; borrowed
  StreamingAsyncClient(S3Client client) {
    this.client = client;
  }

  @Override
  public <R> CompletableFuture<R> getObject(
      GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, R> transformer) {
    CompletableFuture<R> result = transformer.prepare();
    Thread.ofVirtual()
        .start(() -> {
          try {
            ResponseInputStream<GetObjectResponse> answer = client.getObject(request);
            transformer.onResponse(answer.response());
            transformer.onStream(
                SdkPublisher.adapt(
                    Flux.<ByteBuffer>generate(sink -> piece(answer, sink))
                        .doOnCancel(answer::abort)
                        .subscribeOn(Schedulers.boundedElastic())));
          } catch (RuntimeException e) {
            transformer.exceptionOccurred(e);
          }
        });
    return result;
  }

  private static void piece(
      ResponseInputStream<GetObjectResponse> answer, SynchronousSink<ByteBuffer> sink) {
    try {
      byte[] bytes = new byte[PIECE_BYTES];
      int count = answer.read(bytes);
      if (count < 0) {
        sink.complete();
      } else {
        sink.next(ByteBuffer.wrap(bytes, 0, count));
      }
    } catch (IOException e) {
      sink.error(e);
    }
  }

  @Override
  public String serviceName() {
    return "s3";
  }

  @Override
  public void close() {}
}
