package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.S3TestServer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// A server, a line to it over Netty and the loopback, and memory to land in. Ranges and rates are
/// so many times smaller than an object store's that two cores carry both ends without effort.
final class WireRig implements AutoCloseable {
  private static final String BUCKET = "bucket";
  private static final String KEY = "object";
  private static final int OBJECT_BYTES = 16 << 20;

  private final S3TestServer server = S3TestServer.start();
  private final Arena arena = Arena.ofShared();
  private final ScheduledExecutorService watch = Executors.newScheduledThreadPool(1);
  private final AtomicLong arrived = new AtomicLong();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicBoolean ending = new AtomicBoolean();
  private final int rangeBytes;
  private final MemorySegment memory;
  private final GetLine line;

  /// @param scale how many times smaller
  /// @param slots how many reads there are at once at most
  /// @param ceiling of the requests at once
  /// @param helping whether slow requests are helped
  WireRig(long seed, int scale, int slots, int ceiling, boolean helping) {
    this.rangeBytes = (8 << 20) / scale;
    this.memory = arena.allocate((long) rangeBytes * slots, 4096);
    server.createBucket(BUCKET);
    byte[] content = new byte[OBJECT_BYTES];
    new SplittableRandom(seed).nextBytes(content);
    server.put(BUCKET, KEY, content);
    GetTransport transport =
        Carrier.NETTY_EPOLL.open(TransportParts.of(server.endpoint(), BUCKET), Optional.empty());
    this.line =
        new GetLine(
            counting(transport),
            ceiling,
            S3Options.of(BUCKET, ""),
            new S3Failures(BUCKET, "the bench"),
            new GetLine.Parts(
                System::nanoTime,
                RandomGenerator.getDefault(),
                (delay, task) -> {
                  Future<?> _ = watch.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                },
                new HedgeBudget(helping ? HedgeBudget.MOST : 0)));
  }

  S3TestServer server() {
    return server;
  }

  int rangeBytes() {
    return rangeBytes;
  }

  GetLine line() {
    return line;
  }

  /// How many reads have failed.
  int failed() {
    return failed.get();
  }

  private CompletableFuture<?> read(int slot) {
    long offset = (long) (slot % (OBJECT_BYTES / rangeBytes)) * rangeBytes;
    return line.read(
        RangeRequest.of(KEY, offset, rangeBytes),
        Landing.into(memory.asSlice((long) slot * rangeBytes, rangeBytes)));
  }

  /// Seconds that a batch takes.
  double batch(int chunks) {
    server.forgetTrace();
    long start = System.nanoTime();
    CompletableFuture.allOf(
            IntStream.range(0, chunks).mapToObj(this::read).toArray(CompletableFuture[]::new))
        .join();
    return (System.nanoTime() - start) / 1e9;
  }

  /// Keeps more reads under way from now on, one in each of these slots.
  void load(int from, int to) {
    IntStream.range(from, to).forEach(this::again);
  }

  private void again(int slot) {
    if (!ending.get()) {
      CompletableFuture<?> _ =
          read(slot)
              .whenCompleteAsync(
                  (_, failure) -> {
                    if (failure != null && !ending.get()) {
                      failed.incrementAndGet();
                    }
                    again(slot);
                  },
                  watch);
    }
  }

  /// Bytes that arrive in a second, for so long. Counted as they come: reads that began together
  /// end together, so their number tells little of a few seconds.
  double rate(double seconds) throws InterruptedException {
    long before = arrived.get();
    long start = System.nanoTime();
    boolean _ = new CountDownLatch(1).await((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
    return (arrived.get() - before) * 1e9 / (System.nanoTime() - start);
  }

  private GetTransport counting(GetTransport transport) {
    return new GetTransport() {
      @Override
      public Exchange start(GetRequest request, GetSink sink) {
        return transport.start(request, counting(sink));
      }

      @Override
      public void close() {
        transport.close();
      }
    };
  }

  private GetSink counting(GetSink sink) {
    return new GetSink() {
      @Override
      public Optional<List<Landing.Slice>> begin(ObjectInfo info, InetSocketAddress from) {
        return sink.begin(info, from);
      }

      @Override
      public void progressed(long bytes) {
        arrived.addAndGet(bytes);
        sink.progressed(bytes);
      }

      @Override
      public void ended(GetEnd end) {
        sink.ended(end);
      }
    };
  }

  @Override
  public void close() {
    ending.set(true);
    line.close();
    watch.shutdownNow();
    server.close();
    arena.close();
  }
}
