package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.buffer.Reservation;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreCounts;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.TestTls;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Reads through every transport while the wire misbehaves at random: every byte that a read says
/// is there is right, nothing beside it is touched, all memory and every connection come back.
///
/// A build soaks a minute. Longer, and then with the memory of the process watched:
/// `-Dpenstock.soak.seconds=N` for each transport, with a heap that does not grow (`-Xms512m
/// -Xmx512m -XX:+AlwaysPreTouch`); other faults with `-Dpenstock.soak.seed=N`; production mode of
/// the pool with `-Dpenstock.buffer.checked=false`.
class S3ReadSoakTest {
  private static final int SECONDS = Integer.getInteger("penstock.soak.seconds", 10);
  private static final long SEED = Long.getLong("penstock.soak.seed", 1);

  // From here on the process has done everything often enough for its memory to be settled.
  private static final int LONG_SECONDS = 120;
  private static final long MOST_GROWTH = 48L << 20;

  private static final int OBJECT_BYTES = 3 << 20;
  private static final int MOST_BYTES = 400_000;
  private static final int MOST_AT_ONCE = 24;
  private static final byte UNTOUCHED = 7;

  // Enough attempts that only a fault of ours makes a read fail.
  private static final S3Options.Patience PATIENT =
      new S3Options.Patience(
          200,
          Duration.ofMillis(1),
          Duration.ofMillis(5),
          Duration.ofSeconds(20),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(60));

  private static TestTls tls;

  @BeforeAll
  static void makeCertificate() throws Exception {
    tls = TestTls.create();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "NETTY_EPOLL",
        "NETTY_IO_URING",
        "NETTY_OPENSSL",
        "NETTY_IO_URING_TLS",
        "NIO",
        "NIO_TLS",
        "SDK"
      })
  void everyByteIsRightAndEverythingComesBack_whateverTheWireDoes(Carrier carrier)
      throws InterruptedException {
    carrier.assumeHere();
    try (S3TestServer server = carrier.isTls() ? S3TestServer.start(tls) : S3TestServer.start();
        BufferPool pool = BufferPool.create(2L * MOST_AT_ONCE * (MOST_BYTES + 65_536))) {
      SoakFaults faults = new SoakFaults(SEED);
      Soak soak = new Soak(server, pool, carrier);
      server.script(faults);
      server.closeIdle(Duration.ofMillis(500));
      soak.run();
      faults.letGo();

      assertThat(pool.usedBytes()).isZero();
      server.awaitNoConnections();
      System.err.println("faults of " + carrier + ": " + faults);
      if (SECONDS >= LONG_SECONDS) {
        faults.assertAllKindsCame();
      }
    }
  }

  /// One run.
  private static final class Soak {
    private final Random random = new Random(SEED);
    private final byte[] content = new byte[OBJECT_BYTES];
    private final S3TestServer server;
    private final BufferPool pool;
    private final TransportReads reads;
    private final Carrier carrier;
    private final Deque<Wanted> underWay = new ArrayDeque<>();
    private final ProcessMemory memory = new ProcessMemory();
    private int asked;
    private int whole;
    private int cancelled;
    private int refused;
    private int caught;
    private long bytes;

    Soak(S3TestServer server, BufferPool pool, Carrier carrier) {
      random.nextBytes(content);
      server.createBucket("bucket");
      for (int i = 0; i < SoakFaults.DIRECTORIES; i++) {
        server.put("bucket", i + "/" + SoakFaults.STRICT, content);
        server.put("bucket", i + "/" + SoakFaults.LYING, content);
      }
      this.server = server;
      this.pool = pool;
      this.carrier = carrier;
      S3Options options =
          S3Options.of("bucket", "")
              .withEndpoint(server.endpoint())
              .withCredentials(S3StoreTest.credentials())
              .withPatience(PATIENT);
      this.reads =
          new TransportReads(
              new S3Bucket(options, S3Parts.real()),
              carrier.open(
                  TransportParts.of(server.endpoint(), "bucket"), Optional.of(tls.trust())));
    }

    void run() {
      long started = System.nanoTime();
      int stages = 10;
      for (int stage = 1; stage <= stages; stage++) {
        long end = started + Duration.ofSeconds(SECONDS).toNanos() / stages * stage;
        while (System.nanoTime() - end < 0) {
          readOne();
        }
        underWay.forEach(Wanted::check);
        underWay.clear();
        assertThat(pool.usedBytes()).isZero();
        server.settle();
        server.forgetTrace();
        if (SECONDS >= LONG_SECONDS) {
          memory.sample();
        }
      }
      StoreCounts counts = reads.counts();
      reads.close();
      System.err.printf(
          "soak: %s, seed %d, pool %s: %d reads of %d bytes in %d s: %d whole, %d cancelled, of an"
              + " object that lies %d refused and %d seen to be wrong; %s; %s%n",
          carrier,
          SEED,
          Boolean.getBoolean("penstock.buffer.checked") ? "checked" : "as in production",
          asked,
          bytes,
          SECONDS,
          whole,
          cancelled,
          refused,
          caught,
          counts,
          memory);
      assertThat(whole).isGreaterThan(asked * 8 / 10);
      assertThat(counts.repeated()).isPositive();
      memory.assertFlat(MOST_GROWTH);
    }

    private void readOne() {
      if (underWay.size() == MOST_AT_ONCE) {
        underWay.removeFirst().check();
      }
      String name = random.nextInt(10) == 0 ? SoakFaults.LYING : SoakFaults.STRICT;
      Wanted wanted = new Wanted(random.nextInt(SoakFaults.DIRECTORIES) + "/" + name);
      underWay.addLast(wanted);
      asked++;
      if (random.nextInt(30) == 0) {
        wanted.read.cancel(true);
      }
    }

    /// One read.
    private final class Wanted {
      private final String key;
      private final ByteRange range;
      private final List<ByteRange> parts = new ArrayList<>();
      private final Reservation reservation;
      private final CompletableFuture<ObjectInfo> read;
      private @Nullable Lease lease;

      Wanted(String key) {
        this.key = key;
        int offset = random.nextInt(OBJECT_BYTES - MOST_BYTES - 2);
        range = new ByteRange(offset, 1 + random.nextInt(1 << random.nextInt(2, 19)));
        long at = 0;
        while (at < range.length() && parts.size() < 6) {
          long from = random.nextBoolean() ? at : at + random.nextLong(range.length() - at);
          parts.add(new ByteRange(from, 1 + random.nextLong(range.length() - from)));
          at = parts.getLast().end();
        }
        reservation = pool.tryReserve(range.length(), 1).orElseThrow();
        read = reads.read(new RangeRequest(key, range, Optional.empty()), this::slices);
      }

      private List<Landing.Slice> slices() {
        lease = reservation.lease(range.length());
        MemorySegment memory = lease.segment().fill(UNTOUCHED);
        return parts.stream()
            .map(part ->
                new Landing.Slice(part.offset(), memory.asSlice(part.offset(), part.length())))
            .toList();
      }

      void check() {
        try {
          if (end()) {
            whole++;
            bytes += range.length();
            checkBytes(Objects.requireNonNull(lease).segment());
          }
        } finally {
          if (lease != null) {
            lease.close();
          }
          reservation.close();
        }
      }

      /// Whether the read says that its bytes are there.
      private boolean end() {
        try {
          read.join();
          return true;
        } catch (CancellationException _) {
          cancelled++;
        } catch (CompletionException e) {
          PenstockException failure = (PenstockException) e.getCause();
          assertThat(key).as("%s", failure).endsWith(SoakFaults.LYING);
          assertThat(failure.code()).isIn(ErrorCode.PRECONDITION_FAILED, ErrorCode.NOT_PERMITTED);
          refused++;
        }
        return false;
      }

      private void checkBytes(MemorySegment memory) {
        byte[] expected = new byte[Math.toIntExact(range.length())];
        Arrays.fill(expected, UNTOUCHED);
        for (ByteRange part : parts) {
          System.arraycopy(
              content,
              Math.toIntExact(range.offset() + part.offset()),
              expected,
              Math.toIntExact(part.offset()),
              Math.toIntExact(part.length()));
        }
        long wrong = memory.asSlice(0, expected.length).mismatch(MemorySegment.ofArray(expected));
        if (wrong >= 0 && key.endsWith(SoakFaults.LYING)) {
          // Only who knows a checksum can see that; but it must lie where bytes were to land.
          assertThat(parts).anyMatch(part -> part.offset() <= wrong && wrong < part.end());
          caught++;
        } else {
          assertThat(wrong).as("%s of %s", parts, range).isEqualTo(-1);
        }
      }
    }
  }
}
