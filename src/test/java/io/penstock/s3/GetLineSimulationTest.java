package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ConflictException;
import io.penstock.error.TransientException;
import io.penstock.s3.SimulatedGets.Answer;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreCounts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Many reads over a service that does everything wrong that a service can do, with other
/// likelihoods for each seed: what a read says is there is there, nothing else was touched, nobody
/// shared memory (the transport looks after that), and everything ends.
class GetLineSimulationTest {
  private static final int SEEDS = 3_000;
  private static final int READS = 40;
  private static final byte UNTOUCHED = 7;

  @Test
  void readsAreExactOrFail_andAllEnd_whateverTheServiceDoes() {
    StoreCounts done = StoreCounts.NONE;
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        done = done.plus(new Run(seed).check());
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    // Else the seeds would not show what they are for.
    assertThat(done.repeated()).isGreaterThan(SEEDS);
    assertThat(done.throttled()).isGreaterThan(SEEDS / 10);
    assertThat(done.reads().stalled()).isGreaterThan(SEEDS / 10);
    assertThat(done.reads().hedged()).isGreaterThan(SEEDS / 10);
    assertThat(done.reads().hedgesWon()).isGreaterThan(SEEDS / 10);
    assertThat(done.reads().stolen()).isGreaterThan(10);
  }

  /// One seed.
  private static final class Run {
    private final Random random;
    private final VirtualTime time = new VirtualTime();
    private final boolean large;
    private final int objectBytes;
    private final byte[] content;
    private final double faults;
    private final double late;
    private final double slow;
    private final SimulatedGets gets;
    private final GetLine line;
    private final List<Wanted> wanted = new ArrayList<>();
    private boolean closed;

    private record Wanted(
        long offset,
        long bytes,
        MemorySegment target,
        List<Landing.Slice> slices,
        CompletableFuture<ObjectInfo> read) {}

    Run(long seed) {
      random = new Random(seed);
      // Large objects make bodies that can be helped; they are fewer, for they are much to copy.
      large = seed % 100 == 0;
      objectBytes = large ? 3 << 20 : 1 + random.nextInt(50_000);
      content = new byte[objectBytes];
      random.nextBytes(content);
      faults = random.nextInt(3) * 0.15;
      late = random.nextInt(3) * 0.02;
      slow = large ? 0.1 : random.nextInt(3) * 0.05;
      int pieceBytes = Math.max(1, objectBytes / (1 + random.nextInt(64)));
      gets = new SimulatedGets(time, this::answer, _ -> content, objectBytes, pieceBytes);
      line =
          new GetLine(
              gets,
              1 + random.nextInt(40),
              S3Options.of("bucket", ""),
              new S3Failures("bucket", "Test"),
              new GetLine.Parts(time, random, time, new HedgeBudget()));
    }

    private Answer answer(GetRequest request, java.net.InetSocketAddress address, int inFlight) {
      long first = (long) (30e6 * Math.exp(0.5 * random.nextGaussian()));
      first *= random.nextDouble() < late ? 30 : 1;
      double rate = 60e6 / (random.nextDouble() < slow ? 40 : 1);
      long part = random.nextLong(request.range().length() + 1);
      if (random.nextDouble() >= faults) {
        return Answer.whole(first, rate);
      }
      return switch (random.nextInt(9)) {
        case 0 -> Answer.refused(first, 503, "SlowDown");
        case 1 -> Answer.refused(first, 500, "InternalError");
        case 2 -> Answer.ends(first, new GetEnd.Broken("reset", null, true, true));
        case 3 -> Answer.ends(first, new GetEnd.Broken("reset", null, true, false));
        case 4 -> Answer.stalls(first, rate, part);
        case 5 -> Answer.stalls(100 * first, rate, part);
        case 6 -> {
          if (random.nextInt(20) == 0) {
            gets.replaceObjects("\"" + random.nextInt(3) + "\"");
          }
          yield Answer.whole(first, rate);
        }
        default -> Answer.cut(first, rate, part);
      };
    }

    StoreCounts check() {
      try (Arena arena = Arena.ofConfined()) {
        int reads = large ? 2 * READS : READS;
        for (int i = 0; i < reads; i++) {
          wanted.add(start(arena));
          if (random.nextInt(4) == 0) {
            time.pass(Duration.ofMillis(random.nextInt(300)));
          }
          if (random.nextInt(20) == 0) {
            wanted.get(random.nextInt(wanted.size())).read().cancel(true);
          }
          if (i == reads - 2 && random.nextInt(10) == 0) {
            closed = true;
            line.close();
          }
        }
        time.until(() -> wanted.stream().allMatch(each -> each.read().isDone()));
        wanted.forEach(this::check);
        time.until(() -> false);
        assertThat(gets.open()).isZero();
        line.close();
        return line.counts();
      }
    }

    private Wanted start(Arena arena) {
      long offset = random.nextInt(large ? objectBytes / 4 : objectBytes);
      long bytes = 1 + random.nextLong(objectBytes - offset);
      MemorySegment target = arena.allocate(bytes).fill(UNTOUCHED);
      List<Landing.Slice> slices = new ArrayList<>();
      long at = 0;
      while (at < bytes && slices.size() < 5) {
        long from = random.nextBoolean() ? at : at + random.nextLong(bytes - at);
        long length = 1 + random.nextLong(bytes - from);
        slices.add(new Landing.Slice(from, target.asSlice(from, length)));
        at = from + length;
      }
      RangeRequest request = RangeRequest.of("k", offset, bytes);
      return new Wanted(offset, bytes, target, slices, line.read(request, () -> slices));
    }

    private void check(Wanted each) {
      assertThat(each.read()).isDone();
      byte[] expected = new byte[(int) each.bytes()];
      java.util.Arrays.fill(expected, UNTOUCHED);
      for (Landing.Slice slice : each.slices()) {
        System.arraycopy(
            content,
            (int) (each.offset() + slice.offset()),
            expected,
            (int) slice.offset(),
            (int) slice.target().byteSize());
      }
      byte[] landed = each.target().toArray(ValueLayout.JAVA_BYTE);
      if (!each.read().isCompletedExceptionally()) {
        assertThat(java.util.Arrays.equals(landed, expected)).isTrue();
        return;
      }
      for (int i = 0; i < landed.length; i++) {
        if (landed[i] != UNTOUCHED && landed[i] != expected[i]) {
          throw new AssertionError("byte " + i + " is of another place");
        }
      }
      Optional<Throwable> failure = failure(each.read());
      if (failure.isPresent() && !closed) {
        assertThat(failure.get())
            .isInstanceOfAny(TransientException.class, ConflictException.class);
      }
    }

    /// Empty: it was cancelled.
    private static Optional<Throwable> failure(CompletableFuture<ObjectInfo> read) {
      return read.isCancelled() ? Optional.empty() : Optional.of(read.exceptionNow());
    }
  }
}
