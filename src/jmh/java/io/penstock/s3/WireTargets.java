package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.Pace;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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

/// Question: does the line keep its promises on the wire, against a service that caps connections,
/// has stragglers, slows down, or refuses? The same questions are asked on virtual time by
/// [io.penstock.s3.GetLineTargetsTest]; here requests go over Netty and the loopback to the S3
/// server of the tests, in the same process.
///
/// Controls: what the caps allow, computed; the same line with hedging and stealing off.
///
/// Ranges and rates are a sixteenth of an object store's, which two cores could not carry for both
/// ends: the times are the same.
///
/// Command: `mvn -Pjmh verify -Djmh.main=io.penstock.s3.WireTargets -Djmh.args='cap 3'`; the words
/// are `cap`, `stragglers`, `slower`, `refused`, each with a number of rounds behind it.
public final class WireTargets {
  private static final String BUCKET = "bucket";
  private static final String KEY = "object";
  private static final int OBJECT_BYTES = 64 << 20;
  private static final Duration FIRST_BYTE = Duration.ofMillis(30);
  private static final int BATCHES = 30;
  private static final int CHUNKS = 256;

  private final long seed;

  private WireTargets(long seed) {
    this.seed = seed;
  }

  /// Prints a line for each round and one for all.
  public static void main(String[] args) throws InterruptedException {
    for (int i = 0; i < args.length; i += 2) {
      int rounds = Integer.parseInt(args[i + 1]);
      List<Double> figures = new ArrayList<>();
      for (int seed = 1; seed <= rounds; seed++) {
        WireTargets targets = new WireTargets(seed);
        figures.add(
            switch (args[i]) {
              case "cap" -> targets.cap();
              case "stragglers" -> targets.stragglers();
              case "slower" -> targets.slower();
              case "refused" -> targets.refused();
              default -> throw new IllegalArgumentException(args[i]);
            });
      }
      double[] sorted = figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      say(
          String.format(
              Locale.ROOT,
              "%s: median %.3f (%.3f to %.3f)",
              args[i],
              sorted[sorted.length / 2],
              sorted[0],
              sorted[sorted.length - 1]));
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }

  /// A server, a line to it, and memory.
  private final class Rig implements AutoCloseable {
    private final S3TestServer server = S3TestServer.start();
    private final Arena arena = Arena.ofShared();
    private final ScheduledExecutorService watch = Executors.newScheduledThreadPool(1);
    private final RandomGenerator random = new SplittableRandom(seed);
    private final AtomicLong arrived = new AtomicLong();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final int rangeBytes;
    private final MemorySegment memory;
    private final GetLine line;

    Rig(int rangeBytes, int slots, int ceiling, boolean helping) {
      this.rangeBytes = rangeBytes;
      this.memory = arena.allocate((long) rangeBytes * slots, 4096);
      server.createBucket(BUCKET);
      byte[] content = new byte[OBJECT_BYTES];
      new SplittableRandom(seed).nextBytes(content);
      server.put(BUCKET, KEY, content);
      S3Options options = S3Options.of(BUCKET, "");
      GetTransport transport =
          Carrier.NETTY_EPOLL.open(TransportParts.of(server.endpoint(), BUCKET), Optional.empty());
      this.line =
          new GetLine(
              transport,
              ceiling,
              options,
              new S3Failures(BUCKET, "the bench"),
              new GetLine.Parts(
                  System::nanoTime,
                  RandomGenerator.getDefault(),
                  (delay, task) -> {
                    Future<?> _ = watch.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                  },
                  new HedgeBudget(helping ? HedgeBudget.MOST : 0)));
    }

    private CompletableFuture<?> read(int slot) {
      long offset = (long) (slot % (OBJECT_BYTES / rangeBytes)) * rangeBytes;
      return line.read(
          RangeRequest.of(KEY, offset, rangeBytes),
          Landing.into(memory.asSlice((long) slot * rangeBytes, rangeBytes)));
    }

    /// Seconds that a batch takes.
    double batch(int chunks) {
      long start = System.nanoTime();
      CompletableFuture.allOf(
              IntStream.range(0, chunks).mapToObj(this::read).toArray(CompletableFuture[]::new))
          .join();
      return (System.nanoTime() - start) / 1e9;
    }

    /// Keeps so many reads under way from now on.
    void load(int reads) {
      IntStream.range(0, reads).forEach(this::again);
    }

    private void again(int slot) {
      if (!ending.get()) {
        CompletableFuture<?> _ =
            read(slot)
                .whenCompleteAsync(
                    (_, failure) -> {
                      if (failure == null) {
                        arrived.incrementAndGet();
                      } else if (!ending.get()) {
                        failed.incrementAndGet();
                      }
                      again(slot);
                    },
                    watch);
      }
    }

    /// Ranges that arrive in a second, for so long.
    double rate(double seconds) throws InterruptedException {
      long before = arrived.get();
      long start = System.nanoTime();
      boolean _ = new CountDownLatch(1).await((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
      return (arrived.get() - before) * 1e9 / (System.nanoTime() - start);
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

  /// Connections of a sixteenth of 30 MB/s, first bytes after 30 ms: which share of what all of
  /// them carry is there from the third to the sixth second?
  private double cap() throws InterruptedException {
    int ceiling = 32;
    double rate = 30e6 / 16;
    int range = (8 << 20) / 16;
    try (Rig rig = new Rig(range, 2 * ceiling, ceiling, true)) {
      rig.server.pace(new Pace(Pace.FirstBytes.after(FIRST_BYTE), (long) rate), seed);
      double most = ceiling / (FIRST_BYTE.toMillis() / 1e3 + range / rate);
      rig.load(2 * ceiling);
      double first = rig.rate(3) / most;
      double soon = rig.rate(3) / most;
      double later = rig.rate(6) / most;
      say(
          String.format(
              Locale.ROOT,
              "cap of %.3f GB/s, seed %d: %.2f of it in the first three seconds, %.3f in the next three,"
                  + " %.3f later; %d requests at once",
              most * range / 1e9,
              seed,
              first,
              soon,
              later,
              rig.line.counts().reads().concurrency()));
      return soon;
    }
  }

  /// One request in a hundred is ten times as slow: how much sooner is the last batch of thirty?
  private double stragglers() {
    double[] last = new double[2];
    double[] middle = new double[2];
    double extra = 0;
    for (int helping = 0; helping < 2; helping++) {
      int range = 512 << 10;
      long rate = 60_000_000 / 16;
      try (Rig rig = new Rig(range, CHUNKS, 256, helping == 1)) {
        Pace.FirstBytes first =
            new Pace.FirstBytes(FIRST_BYTE, Duration.ofMillis(100), 0, Duration.ZERO);
        rig.server.pace(new Pace(first, rate), seed);
        for (int i = 0; i < 8; i++) {
          rig.batch(CHUNKS);
        }
        rig.server.script(
            S3Script.sometimes(
                S3Operation.GET,
                0.01,
                rig.random,
                new WireFault.Slow(FIRST_BYTE.multipliedBy(9), rate / 10)));
        for (int i = 0; i < 4; i++) {
          rig.batch(CHUNKS);
        }
        int before = rig.server.requests(S3Operation.GET);
        double[] seconds = new double[BATCHES];
        for (int i = 0; i < BATCHES; i++) {
          seconds[i] = rig.batch(CHUNKS);
        }
        Arrays.sort(seconds);
        last[helping] = seconds[BATCHES - 1];
        middle[helping] = seconds[BATCHES / 2];
        int requests = rig.server.requests(S3Operation.GET) - before;
        extra = (double) requests / (BATCHES * CHUNKS) - 1;
      }
    }
    say(
        String.format(
            Locale.ROOT,
            "stragglers, seed %d: median batch %.2f -> %.2f s, the last of %d %.2f -> %.2f s: %.1f times"
                + " as soon, %.1f %% more requests",
            seed,
            middle[0],
            middle[1],
            BATCHES,
            last[0],
            last[1],
            last[0] / last[1],
            100 * extra));
    return last[0] / last[1];
  }

  /// Everything becomes five times as slow: what is the rate as a share of that without help?
  private double slower() throws InterruptedException {
    double[] rates = new double[2];
    for (int helping = 0; helping < 2; helping++) {
      try (Rig rig = new Rig(512 << 10, 256, 128, helping == 1)) {
        Pace.FirstBytes first =
            new Pace.FirstBytes(FIRST_BYTE, Duration.ofMillis(100), 0, Duration.ZERO);
        Pace pace = new Pace(first, 60_000_000 / 16);
        rig.server.pace(pace, seed);
        rig.load(256);
        rig.rate(8);
        rig.server.pace(pace.slower(5), seed);
        long hedged = rig.line.counts().reads().hedged();
        int requests = rig.server.requests(S3Operation.GET);
        rates[helping] = rig.rate(20);
        if (helping == 1) {
          int asked = rig.server.requests(S3Operation.GET) - requests;
          long hedges = rig.line.counts().reads().hedged() - hedged;
          rig.rate(2);
          long later = rig.line.counts().reads().hedged();
          rig.rate(5);
          say(
              String.format(
                  Locale.ROOT,
                  "five times as slow, seed %d: %d hedges of %d requests in 20 s, %d in the last 5; %.3f"
                      + " of the rate without",
                  seed,
                  hedges,
                  asked,
                  rig.line.counts().reads().hedged() - later,
                  rates[1] / rates[0]));
        }
      }
    }
    return rates[1] / rates[0];
  }

  /// Half a minute of 503: which share of the rate is back after ten seconds?
  private double refused() throws InterruptedException {
    try (Rig rig = new Rig(512 << 10, 256, 128, true)) {
      rig.server.pace(new Pace(Pace.FirstBytes.after(FIRST_BYTE), 60_000_000 / 16), seed);
      rig.load(256);
      rig.rate(8);
      double before = rig.rate(8);
      rig.server.script(S3Script.always(S3Operation.GET, new WireFault.Refused(503, "SlowDown")));
      rig.rate(5);
      int sent = rig.server.requests(S3Operation.GET);
      rig.rate(25);
      double aSecond = (rig.server.requests(S3Operation.GET) - sent) / 25.0;
      rig.server.script(S3Script.calm());
      rig.rate(10);
      double after = rig.rate(8);
      say(
          String.format(
              Locale.ROOT,
              "refused for 30 s, seed %d: %.2f requests a second, %.3f of the rate ten seconds after, %d"
                  + " failed reads",
              seed,
              aSecond,
              after / before,
              rig.failed.get()));
      return after / before;
    }
  }
}
