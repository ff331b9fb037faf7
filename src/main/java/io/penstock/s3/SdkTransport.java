package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.RequestPayer;

/// GETs over a client of the SDK: a virtual thread for each exchange, and a copy in the heap. For
/// what only such a client can do: proxies, sessions, signatures for several regions.
final class SdkTransport implements GetTransport {
  private static final int COPY_BYTES = 64 << 10;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final S3Options options;
  private final S3Failures failures;
  private final Source source;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("penstock-s3-get-", 0).factory());
  private final OpenExchanges exchanges = new OpenExchanges(threads, Runnable::run);

  /// A client that answers as a stream; blocks, and honours interrupts.
  interface Source {
    ResponseInputStream<GetObjectResponse> open(GetObjectRequest request)
        throws InterruptedException;

    /// A blocking client.
    static Source of(S3Client client) {
      return client::getObject;
    }

    /// An asynchronous client.
    static Source of(S3AsyncClient client) {
      return request -> {
        CompletableFuture<ResponseInputStream<GetObjectResponse>> answer =
            client.getObject(request, AsyncResponseTransformer.toBlockingInputStream());
        try {
          return answer.get();
        } catch (ExecutionException e) {
          throw e.getCause() instanceof SdkException known
              ? known
              : SdkClientException.create(String.valueOf(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
          answer.cancel(true);
          throw e;
        }
      };
    }
  }

  /// @param options which bucket
  /// @param source borrowed
  SdkTransport(S3Options options, S3Failures failures, Source source) {
    this.options = options;
    this.failures = failures;
    this.source = source;
  }

  @Override
  public Exchange start(GetRequest request, GetSink sink) {
    SdkExchange exchange = new SdkExchange(request, sink, options.uri());
    exchanges.start(exchange, () -> threads.execute(exchange::run));
    return exchange;
  }

  @Override
  public void close() {
    if (exchanges.close()) {
      threads.shutdown(); // whoever waits for an answer has been interrupted
    }
  }

  private GetObjectRequest question(GetRequest request) {
    ByteRange range = request.range();
    return GetObjectRequest.builder()
        .bucket(options.bucket())
        .key(options.prefix() + request.key())
        .range("bytes=" + range.offset() + "-" + (range.end() - 1))
        .ifMatch(request.etag().orElse(null))
        .requestPayer(options.requesterPays() ? RequestPayer.REQUESTER : null)
        .build();
  }

  private static PartHead head(GetObjectResponse answer) throws ProtocolException {
    int status = answer.sdkHttpResponse().statusCode();
    if (status != 206) {
      throw new ProtocolException("the answer is " + status + ", a part was asked for");
    }
    String range = answer.contentRange();
    return new PartHead(
        range == null ? Optional.empty() : Optional.of(PartHead.Part.parse(range)),
        answer.contentLength() == null ? -1 : answer.contentLength(),
        Optional.ofNullable(answer.eTag()),
        answer.lastModified() == null ? Instant.EPOCH : answer.lastModified());
  }

  /// What the client threw instead of an answer.
  private GetEnd refusal(GetRequest request, SdkException e) {
    String what = "read " + request.key();
    if (e instanceof AwsServiceException service) {
      String id = service.requestId();
      GetEnd.Refused refused =
          new GetEnd.Refused(
              service.statusCode(),
              S3Failures.code(service),
              id == null ? "-" : id,
              S3Failures.header(service, "x-amz-bucket-region"),
              retryAfter(service),
              false);
      return service.statusCode() == RANGE_NOT_SATISFIABLE
          ? new GetEnd.Failed(failures.ofRead(request.key(), refused))
          : refused;
    }
    PenstockException failure = failures.of(what, e);
    return failure instanceof RefusedException
        ? new GetEnd.Failed(failure)
        : new GetEnd.Broken(String.valueOf(e.getMessage()), e, true, false);
  }

  private static Optional<Duration> retryAfter(AwsServiceException e) {
    return S3Failures.header(e, "retry-after")
        .filter(seconds -> seconds.matches("\\d{1,6}"))
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
  }

  /// One exchange.
  private final class SdkExchange extends TrackedExchange {
    private final BodyLanding body;
    private @Nullable Thread worker;
    private @Nullable ResponseInputStream<GetObjectResponse> answer;

    SdkExchange(GetRequest request, GetSink sink, URI store) {
      super(request, sink, exchanges, store);
      this.body = new BodyLanding(request.range().length());
    }

    void run() {
      try {
        work(Thread.currentThread());
        ResponseInputStream<GetObjectResponse> stream = source.open(question(request()));
        received(stream);
        // The client does not say which of the service's addresses answers.
        if (enter(InetSocketAddress.createUnresolved(options.bucket(), 0))) {
          GetEnd end = land(stream);
          finish(() -> sink().ended(end));
        } else {
          stream.abort();
        }
      } catch (SdkException e) {
        endEarly(refusal(request(), e));
      } catch (InterruptedException e) {
        endEarly(new GetEnd.Broken("interrupted", e, true, false));
      } catch (RuntimeException e) {
        String what = "read " + request().key() + ": " + e;
        endEarly(new GetEnd.Failed(new RefusedException(ErrorCode.INTERNAL, what, e)));
      }
    }

    private GetEnd land(ResponseInputStream<GetObjectResponse> stream) {
      try {
        ObjectInfo info = head(stream.response()).check(request());
        Optional<List<Landing.Slice>> wanted = sink().begin(info, address().orElseThrow());
        if (wanted.isEmpty()) {
          return new GetEnd.Cancelled();
        }
        body.begin(Landing.checkedSlices(wanted::get, request().range()));
        byte[] buffer = new byte[(int) Math.min(COPY_BYTES, request().range().length())];
        while (!body.isComplete()) {
          int count = stream.read(buffer, 0, (int) Math.min(buffer.length, body.left()));
          if (count < 0) {
            String reason = "the answer ends after " + body.position() + " bytes";
            return brokenOff().orElseGet(() -> new GetEnd.Broken(reason, null, false, false));
          }
          take(MemorySegment.ofArray(buffer).asSlice(0, count));
          if (isCancelled()) {
            return new GetEnd.Cancelled();
          }
        }
        return new GetEnd.Whole();
      } catch (PenstockException e) {
        return new GetEnd.Failed(e);
      } catch (IOException | SdkException e) {
        return brokenOff()
            .orElseGet(() -> new GetEnd.Broken(String.valueOf(e.getMessage()), e, false, false));
      } catch (RuntimeException e) {
        String what = "read " + request().key() + ": " + e;
        return brokenOff()
            .orElseGet(() -> new GetEnd.Failed(new RefusedException(ErrorCode.INTERNAL, what, e)));
      } finally {
        body.finish();
        work(null);
        boolean _ = Thread.interrupted(); // it was meant for the reading, which is over
        end(stream);
      }
    }

    private void take(MemorySegment bytes) {
      long taken = 0;
      while (taken < bytes.byteSize() && !body.isComplete()) {
        long copied = body.copy(bytes.asSlice(taken));
        taken += copied;
        sink().progressed(copied);
      }
    }

    private Optional<GetEnd> brokenOff() {
      if (isCancelled()) {
        return Optional.of(new GetEnd.Cancelled());
      }
      return exchanges.isClosed() ? Optional.of(closed()) : Optional.empty();
    }

    // An answer that came to its end leaves its connection to the next one.
    private void end(ResponseInputStream<GetObjectResponse> stream) {
      try {
        if (body.left() == 0) {
          stream.close();
        } else {
          stream.abort();
        }
      } catch (IOException _) {
        stream.abort(); // everything has come that was wanted
      }
    }

    private synchronized void work(@Nullable Thread thread) {
      worker = thread;
    }

    private synchronized void received(ResponseInputStream<GetObjectResponse> stream) {
      answer = stream;
    }

    @Override
    public boolean endAt(long bytes) {
      return body.endAt(bytes);
    }

    @Override
    void stop() {
      breakOff();
    }

    @Override
    void shutAnswering() {
      breakOff();
    }

    @Override
    synchronized void breakOff() {
      if (worker != null) {
        if (answer != null) {
          answer.abort();
        }
        worker.interrupt();
      }
    }
  }
}
