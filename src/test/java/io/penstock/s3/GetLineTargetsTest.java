package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.s3.SimulatedGets.Answer;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// What the line is for, in figures: against services that are slow, or refuse, in ways that are
/// known. On virtual time, so the figures are the same everywhere.
class GetLineTargetsTest {
  private static final long CHUNK = 8 << 20;
  private static final double RATE = 60e6;

  /// A line over a service with first bytes after 30 ms (median; one in a hundred after 100) and
  /// bodies at 60 MB/s.
  private static final class Rig {
    private final VirtualTime time = new VirtualTime();
    private final Random random;
    private final SimulatedGets gets;
    private final GetLine line;
    private double stragglers;
    private double slowdown = 1;
    private boolean refusing;
    private long arrived;
    private int failed;

    Rig(long seed, int ceiling, boolean helping) {
      random = new Random(seed);
      gets = new SimulatedGets(time, this::answer, _ -> new byte[0], 1L << 40, 256 << 10);
      line =
          new GetLine(
              gets,
              ceiling,
              S3Options.of("bucket", ""),
              new S3Failures("bucket", "Test"),
              new GetLine.Parts(
                  time, random, time, new HedgeBudget(helping ? HedgeBudget.MOST : 0)));
    }

    private Answer answer(GetRequest request, InetSocketAddress address, int inFlight) {
      double factor = slowdown * (random.nextDouble() < stragglers ? 10 : 1);
      long first = (long) (30e6 * Math.exp(0.5 * random.nextGaussian()) * factor);
      return refusing ? Answer.refused(first, 503, "SlowDown") : Answer.whole(first, RATE / factor);
    }

    CompletableFuture<ObjectInfo> read(long index) {
      return line.read(RangeRequest.of("data/image/c/0", index * CHUNK, CHUNK), List::of);
    }

    /// Seconds that a batch of so many chunks takes.
    double batch(int chunks) {
      double start = time.seconds();
      List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
      for (int i = 0; i < chunks; i++) {
        reads.add(read(i));
      }
      time.until(CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))::isDone);
      return time.seconds() - start;
    }

    /// Keeps so many reads under way from now on.
    void load(int reads) {
      for (int i = 0; i < reads; i++) {
        loadOne(i);
      }
    }

    private void loadOne(long index) {
      CompletableFuture<ObjectInfo> _ =
          read(index)
              .whenComplete((_, failure) -> {
                failed += failure == null ? 0 : 1;
                arrived += failure == null ? 1 : 0;
                // Not in the same moment: a line that is closed fails reads at once.
                time.after(1, () -> loadOne(index + 1));
              });
    }

    /// Chunks that arrive in a second, for so long.
    double rate(int seconds) {
      long before = arrived;
      time.pass(Duration.ofSeconds(seconds));
      return (double) (arrived - before) / seconds;
    }
  }

  private static double percentile(List<Double> numbers, double share) {
    List<Double> sorted = numbers.stream().sorted().toList();
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  @Test
  void ninetyNinthBatchIsThreeTimesAsSoon_whenOneRequestInAHundredIsTenTimesAsSlow() {
    List<Double> plain = new ArrayList<>();
    List<Double> helped = new ArrayList<>();
    long requests = 0;
    long chunks = 0;
    for (boolean helping : new boolean[] {false, true}) {
      Rig rig = new Rig(7, 256, helping);
      rig.stragglers = 0.01;
      for (int i = 0; i < 20; i++) {
        rig.batch(256);
      }
      rig.gets.requests().clear();
      for (int i = 0; i < 200; i++) {
        (helping ? helped : plain).add(rig.batch(256));
        chunks += helping ? 256 : 0;
      }
      requests = rig.gets.requests().size();
    }

    double gain = percentile(plain, 0.99) / percentile(helped, 0.99);
    double extra = (double) requests / chunks - 1;
    System.err.println(
        String.format(
            Locale.ROOT,
            "one in a hundred ten times as slow: median batch %.2f -> %.2f s, p99 %.2f -> %.2f s,"
                + " %.1f times as soon, %.1f %% more requests",
            percentile(plain, 0.5),
            percentile(helped, 0.5),
            percentile(plain, 0.99),
            percentile(helped, 0.99),
            gain,
            100 * extra));
    assertThat(gain).isGreaterThan(3);
    assertThat(extra).isLessThan(0.05);
  }

  @Test
  void hedgesFadeAndNothingIsLost_whenEverythingIsFiveTimesAsSlow() {
    double[] rates = new double[2];
    for (int i = 0; i < 2; i++) {
      Rig rig = new Rig(7, 128, i == 1);
      rig.load(256);
      rig.rate(20);
      rig.slowdown = 5;
      rig.gets.requests().clear();
      long hedgedBefore = rig.line.counts().reads().hedged();
      rates[i] = rig.rate(60);
      long hedged = rig.line.counts().reads().hedged() - hedgedBefore;
      System.err.println(
          String.format(
              Locale.ROOT,
              "five times as slow: %d hedges of %d requests in the first minute",
              hedged,
              rig.gets.requests().size()));
      assertThat((double) hedged / rig.gets.requests().size()).isLessThan(0.05);
      rig.rate(10);
      long later = rig.line.counts().reads().hedged();
      rig.gets.requests().clear();
      rig.rate(20);
      assertThat(rig.line.counts().reads().hedged() - later)
          .isLessThanOrEqualTo(rig.gets.requests().size() / 200);
    }
    System.err.println(
        String.format(
            Locale.ROOT,
            "five times as slow: %.1f %% of the rate without hedges",
            100 * rates[1] / rates[0]));
    assertThat(rates[1]).isGreaterThan(0.97 * rates[0]);
  }

  @Test
  void fewRetriesAndNoFailure_whenTheServiceRefusesForHalfAMinute_andTheRateIsBackSoonAfter() {
    for (long seed = 0; seed < 20; seed++) {
      Rig rig = new Rig(seed, 128, true);
      rig.load(256);
      rig.rate(20);
      double before = rig.rate(10);

      rig.refusing = true;
      rig.rate(5);
      rig.gets.requests().clear();
      rig.rate(25);
      int requests = rig.gets.requests().size();
      rig.refusing = false;
      rig.rate(10);
      double after = rig.rate(10);

      System.err.println(
          String.format(
              Locale.ROOT,
              "refused, seed %d: %.1f requests a second, %.0f %% of the rate ten seconds after",
              seed,
              requests / 25.0,
              100 * after / before));
      assertThat(requests).as("seed %s", seed).isLessThanOrEqualTo(50);
      assertThat(rig.failed).as("seed %s", seed).isZero();
      assertThat(after).as("seed %s", seed).isGreaterThan(0.9 * before);
    }
  }

  @Test
  void capOfTheServiceIsReachedInThreeSeconds_fromCold() {
    Rig rig = new Rig(7, 256, true);
    double cap = 1.25e9;
    rig.gets.cap(cap);
    rig.load(512);
    rig.time.pass(Duration.ofSeconds(3));

    double soon = rig.rate(3) * CHUNK / cap;
    double later = rig.rate(30) * CHUNK / cap;
    System.err.println(
        String.format(
            Locale.ROOT,
            "cap of 1.25 GB/s: %.1f %% of it after three seconds, %.1f %% after six",
            100 * soon,
            100 * later));
    assertThat(soon).isGreaterThan(0.9);
    assertThat(later).isGreaterThan(0.95);
  }
}
