package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.buffer.Reservation;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreCounts;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Reads through every transport while the wire misbehaves at random: every byte that a read says
/// is there is right, nothing beside it is touched, all memory and every connection come back.
class S3ReadSoakTest {
  // A build reads some; a soak says -Dpenstock.soak.reads=N.
  private static final int READS = Integer.getInteger("penstock.soak.reads", 500);
  private static final long SEED = Long.getLong("penstock.soak.seed", 1);
  private static final int OBJECT_BYTES = 3 << 20;
  private static final int MOST_BYTES = 400_000;
  private static final int MOST_AT_ONCE = 24;
  private static final double FAULTS = 0.1;
  private static final byte UNTOUCHED = 7;

  // Enough attempts that only a fault of ours makes a read fail.
  private static final S3Options.Patience PATIENT =
      new S3Options.Patience(
          50,
          Duration.ofMillis(1),
          Duration.ofMillis(5),
          Duration.ofSeconds(20),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(20));

  private static Stream<S3Options.Transport> transports() {
    return Transports.all().stream();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void everyByteIsRightAndEverythingComesBack_whateverTheWireDoes(S3Options.Transport transport)
      throws InterruptedException {
    System.err.println("seed " + SEED + ", " + transport);
    CountDownLatch never = new CountDownLatch(1);
    try (S3TestServer server = S3TestServer.start();
        BufferPool pool = BufferPool.create(2L * MOST_AT_ONCE * (MOST_BYTES + 65_536))) {
      server.createBucket("bucket");
      Soak soak = new Soak(server, pool, transport);
      server.script(faults(never));
      soak.run();
      never.countDown();

      assertThat(pool.usedBytes()).isZero();
      server.awaitNoConnections();
    }
  }

  private static S3Script faults(CountDownLatch never) {
    Random random = new Random(SEED);
    return S3Script.sometimes(
        S3Operation.GET,
        FAULTS,
        random,
        new WireFault.CutBody(0),
        new WireFault.CutBody(1_000),
        new WireFault.CutBody(100_000),
        new WireFault.ResetBefore(),
        new WireFault.ResetAfter(),
        new WireFault.Refused(500, "InternalError"),
        new WireFault.ExtraBytes(1),
        new WireFault.ExtraBytes(100_000),
        new WireFault.RangeIgnored(),
        new WireFault.WrongRange(),
        new WireFault.ErrorDocument(true),
        new WireFault.Slow(Duration.ofMillis(50), 10_000_000),
        new WireFault.Stall(50_000, new CountDownLatch(1), never));
  }

  /// One run.
  private static final class Soak {
    private final Random random = new Random(SEED);
    private final byte[] content = new byte[OBJECT_BYTES];
    private final BufferPool pool;
    private final S3Store store;
    private final Deque<Wanted> underWay = new ArrayDeque<>();
    private int whole;
    private int cancelled;

    Soak(S3TestServer server, BufferPool pool, S3Options.Transport transport) {
      random.nextBytes(content);
      server.put("bucket", "object", content);
      this.pool = pool;
      this.store =
          new S3Store(
              S3Options.of("bucket", "")
                  .withEndpoint(server.endpoint())
                  .withCredentials(S3StoreTest.credentials())
                  .withPatience(PATIENT)
                  .withTransport(transport),
              S3Parts.real());
    }

    void run() {
      for (int i = 0; i < READS; i++) {
        if (underWay.size() == MOST_AT_ONCE) {
          underWay.removeFirst().check();
        }
        underWay.addLast(new Wanted());
        if (random.nextInt(30) == 0) {
          underWay.getLast().read.cancel(true);
        }
      }
      underWay.forEach(Wanted::check);
      StoreCounts counts = store.counts();
      store.close();
      System.err.println(whole + " whole, " + cancelled + " cancelled, " + counts);
      assertThat(whole).isGreaterThan(READS * 9 / 10);
      assertThat(counts.repeated()).isGreaterThan(READS / 50);
    }

    /// One read.
    private final class Wanted {
      private final ByteRange range;
      private final List<ByteRange> parts = new ArrayList<>();
      private final Reservation reservation;
      private final CompletableFuture<ObjectInfo> read;
      private @Nullable Lease lease;

      Wanted() {
        int offset = random.nextInt(OBJECT_BYTES - MOST_BYTES - 2);
        range = new ByteRange(offset, 1 + random.nextInt(MOST_BYTES));
        long at = 0;
        while (at < range.length() && parts.size() < 6) {
          long from = random.nextBoolean() ? at : at + random.nextLong(range.length() - at);
          parts.add(new ByteRange(from, 1 + random.nextLong(range.length() - from)));
          at = parts.getLast().end();
        }
        reservation = pool.tryReserve(range.length(), 1).orElseThrow();
        read = store.read(new RangeRequest("object", range, Optional.empty()), this::slices);
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
          if (read.isCancelled()) {
            cancelled++;
          } else {
            PendingTransfer.await(read, "read");
            whole++;
            checkBytes(java.util.Objects.requireNonNull(lease).segment());
          }
        } catch (io.penstock.error.TransientException e) {
          assertThat(read.isCancelled()).as("%s", e).isTrue();
          cancelled++;
        } finally {
          if (lease != null) {
            lease.close();
          }
          reservation.close();
        }
      }

      private void checkBytes(MemorySegment memory) {
        byte[] expected = new byte[Math.toIntExact(range.length())];
        java.util.Arrays.fill(expected, UNTOUCHED);
        for (ByteRange part : parts) {
          System.arraycopy(
              content,
              Math.toIntExact(range.offset() + part.offset()),
              expected,
              Math.toIntExact(part.offset()),
              Math.toIntExact(part.length()));
        }
        long wrong = memory.asSlice(0, expected.length).mismatch(MemorySegment.ofArray(expected));
        assertThat(wrong).as("%s of %s", parts, range).isEqualTo(-1);
      }
    }
  }
}
