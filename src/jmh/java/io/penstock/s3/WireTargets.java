package io.penstock.s3;

import io.penstock.store.StoreCounts;
import io.penstock.testing.s3.Pace;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.WireFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Question: does the line keep its promises on the wire, against a service that caps connections,
/// has stragglers, slows down, or refuses? The same questions are asked on virtual time by
/// [io.penstock.s3.GetLineTargetsTest]; here requests go over Netty and the loopback to the S3
/// server of the tests, in the same process.
///
/// Controls: what the caps allow, computed; the same ranges with a fixed number of requests under
/// way; the same line with hedging and stealing off, whose batches take turns with the others.
///
/// Ranges and rates are a sixteenth of an object store's, or, where hundreds of requests are under
/// way at once, a sixty-fourth, which two cores carry for both ends: the times are the same.
///
/// Command: `mvn -Pjmh verify -Djmh.main=io.penstock.s3.WireTargets -Djmh.args='cap 3'`; the words
/// are `cap`, `network`, `stragglers`, `slow-bodies`, `slower`, `refused`, each with a number of
/// rounds behind it.
public final class WireTargets {
  private static final Duration FIRST_BYTE = Duration.ofMillis(30);
  private static final Pace.FirstBytes FIRST_BYTES =
      new Pace.FirstBytes(FIRST_BYTE, Duration.ofMillis(100), 0, Duration.ZERO);
  private static final long CAPPED = 30_000_000;
  private static final long USUAL = 60_000_000;
  private static final long NETWORK = 1_250_000_000;
  private static final int COARSE = 16;
  private static final int FINE = 64;
  private static final int BATCHES = 100;
  private static final int CHUNKS = 256;

  // Long enough that the line finds out how many at once are best: all of a batch.
  private static final int WARM_UP = 4 * CHUNKS;

  private final String question;
  private final List<Double> againstFixed = new ArrayList<>();
  private final List<Double> plain = new ArrayList<>();
  private final List<Double> helped = new ArrayList<>();

  private WireTargets(String question) {
    this.question = question;
  }

  /// Prints a line for each round and one for all.
  public static void main(String[] args) throws InterruptedException {
    for (int i = 0; i < args.length; i += 2) {
      WireTargets targets = new WireTargets(args[i]);
      List<Double> figures = new ArrayList<>();
      int first = Integer.getInteger("penstock.wire.seed", 1);
      for (int seed = first; seed < first + Integer.parseInt(args[i + 1]); seed++) {
        figures.add(targets.ask(seed));
      }
      targets.sum(figures);
    }
  }

  private double ask(int seed) throws InterruptedException {
    return switch (question) {
      case "cap" -> cap(seed, 32, 0);
      case "network" -> cap(seed, 128, NETWORK);
      case "stragglers" -> stragglers(seed, new WireFault.Straggler(10));
      case "slow-bodies" ->
          stragglers(seed, new WireFault.Slow(FIRST_BYTE.multipliedBy(9), USUAL / FINE / 10));
      case "slower" -> slower(seed);
      case "refused" -> refused(seed);
      default -> throw new IllegalArgumentException(question);
    };
  }

  private void sum(List<Double> figures) {
    say("%s: %s", question, spread(figures));
    if (!againstFixed.isEmpty()) {
      say("%s, against the best fixed number: %s", question, spread(againstFixed));
    }
    if (!plain.isEmpty()) {
      say("%s, all rounds together: %s", question, gains());
    }
  }

  private static String spread(List<Double> figures) {
    return String.format(
        Locale.ROOT,
        "median %.3f (%.3f to %.3f)",
        percentile(figures, 0.5),
        Collections.min(figures),
        Collections.max(figures));
  }

  private static double percentile(List<Double> numbers, double share) {
    List<Double> sorted = numbers.stream().sorted().toList();
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation is no dependency of ours
  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /// Connections of 30 MB/s, first bytes after 30 ms: which share of what they carry together is
  /// there from the third to the sixth second?
  ///
  /// @param ceiling of the requests at once
  /// @param network what it carries, in bytes a second; 0: as much as the connections do
  private double cap(int seed, int ceiling, long network) throws InterruptedException {
    double range = 8 << 20;
    double alone = range / (FIRST_BYTE.toMillis() / 1e3 + range / CAPPED);
    double most = (network == 0 ? ceiling * alone : network) / COARSE;
    double soon;
    double later;
    try (WireRig rig = capped(seed, 2 * ceiling, ceiling, network)) {
      rig.load(0, GoodputControl.FIRST);
      double start = rig.rate(0.2) * 0.2;
      rig.load(GoodputControl.FIRST, 2 * ceiling);
      double first = (start + rig.rate(2.8) * 2.8) / 3 / most;
      soon = rig.rate(3) / most;
      later = rig.rate(6) / most;
      say(
          "%s, seed %d: of %.1f MB/s %.3f in the first three seconds, %.3f in the next three, %.3f"
              + " in six more; %d at once",
          question,
          seed,
          most / 1e6,
          first,
          soon,
          later,
          rig.line().counts().reads().concurrency());
    }
    double best = 0;
    for (int fixed = ceiling / 8; fixed <= ceiling; fixed *= 2) {
      double share = fixed(seed, fixed, network) / most;
      best = Math.max(best, share);
      say("%s, seed %d, always %d at once: %.3f", question, seed, fixed, share);
    }
    say("%s, seed %d: %.3f, %.3f of the best", question, seed, soon / best, later / best);
    againstFixed.add(soon / best);
    return soon;
  }

  private static WireRig capped(int seed, int slots, int ceiling, long network) {
    WireRig rig = new WireRig(seed, COARSE, slots, ceiling, true);
    rig.server().pace(new Pace(Pace.FirstBytes.after(FIRST_BYTE), CAPPED / COARSE), seed);
    rig.server().limit(network / COARSE);
    return rig;
  }

  /// Bytes that arrive in a second when always so many are asked for, which no level limits.
  private static double fixed(int seed, int reads, long network) throws InterruptedException {
    try (WireRig rig = capped(seed, reads, 4 * reads, network)) {
      rig.load(0, reads);
      rig.rate(3);
      return rig.rate(3);
    }
  }

  /// One request in a hundred is ten times as slow: how much sooner is the last batch of a hundred
  /// but one?
  ///
  /// @param slow what that is
  private double stragglers(int seed, WireFault slow) {
    try (WireRig without = new WireRig(seed, FINE, WARM_UP, CHUNKS, false);
        WireRig with = new WireRig(seed, FINE, WARM_UP, CHUNKS, true)) {
      for (WireRig rig : List.of(without, with)) {
        rig.server().pace(new Pace(FIRST_BYTES, USUAL / FINE), seed);
        IntStream.range(0, 6).forEach(_ -> rig.batch(WARM_UP));
        rig.server()
            .script(S3Script.sometimes(S3Operation.GET, 0.01, new SplittableRandom(seed), slow));
        IntStream.range(0, 4).forEach(_ -> rig.batch(CHUNKS));
      }
      int before = with.server().requests(S3Operation.GET);
      StoreCounts.Reads reads = with.line().counts().reads();
      WireTargets round = new WireTargets(question);
      for (int i = 0; i < BATCHES; i++) {
        round.plain.add(without.batch(CHUNKS));
        round.helped.add(with.batch(CHUNKS));
      }
      int requests = with.server().requests(S3Operation.GET) - before;
      StoreCounts.Reads after = with.line().counts().reads();
      plain.addAll(round.plain);
      helped.addAll(round.helped);
      say(
          "%s, seed %d: %s; %.1f %% more requests: %d hedges, of which %d won, %d tails;"
              + " %d and %d at once",
          question,
          seed,
          round.gains(),
          100.0 * requests / (BATCHES * CHUNKS) - 100,
          after.hedged() - reads.hedged(),
          after.hedgesWon() - reads.hedgesWon(),
          after.stolen() - reads.stolen(),
          without.line().counts().reads().concurrency(),
          after.concurrency());
      return percentile(round.plain, 0.99) / percentile(round.helped, 0.99);
    }
  }

  /// What help brings to batches.
  private String gains() {
    StringBuilder gains = new StringBuilder(helped.size() + " batches");
    double[] shares = {0.5, 0.9, 0.99, 1};
    String[] names = {"median", "p90", "p99", "last"};
    for (int i = 0; i < shares.length; i++) {
      double before = percentile(plain, shares[i]);
      double now = percentile(helped, shares[i]);
      gains.append(
          String.format(
              Locale.ROOT, ", %s %.2f -> %.2f s (%.1f)", names[i], before, now, before / now));
    }
    return gains.toString();
  }

  /// Everything becomes five times as slow: what is the rate as a share of that without help?
  private double slower(int seed) throws InterruptedException {
    double[] rates = new double[2];
    for (int helping = 0; helping < 2; helping++) {
      try (WireRig rig = new WireRig(seed, COARSE, 256, 128, helping == 1)) {
        Pace pace = new Pace(FIRST_BYTES, USUAL / COARSE);
        rig.server().pace(pace, seed);
        rig.load(0, 256);
        rig.rate(8);
        rig.server().pace(pace.slower(5), seed);
        long hedged = rig.line().counts().reads().hedged();
        int requests = rig.server().requests(S3Operation.GET);
        rates[helping] = rig.rate(20);
        if (helping == 1) {
          int asked = rig.server().requests(S3Operation.GET) - requests;
          long hedges = rig.line().counts().reads().hedged() - hedged;
          rig.rate(2);
          long later = rig.line().counts().reads().hedged();
          rig.rate(5);
          say(
              "five times as slow, seed %d: %d hedges of %d requests in 20 s, %d in the last 5;"
                  + " %.3f of the rate without",
              seed,
              hedges,
              asked,
              rig.line().counts().reads().hedged() - later,
              rates[1] / rates[0]);
        }
      }
    }
    return rates[1] / rates[0];
  }

  /// Half a minute of 503: which share of the rate is back after ten seconds?
  private double refused(int seed) throws InterruptedException {
    try (WireRig rig = new WireRig(seed, COARSE, 256, 128, true)) {
      rig.server().pace(new Pace(Pace.FirstBytes.after(FIRST_BYTE), USUAL / COARSE), seed);
      rig.load(0, 256);
      rig.rate(8);
      double before = rig.rate(8);
      rig.server().script(S3Script.always(S3Operation.GET, new WireFault.Refused(503, "SlowDown")));
      rig.rate(5);
      int sent = rig.server().requests(S3Operation.GET);
      rig.rate(25);
      double aSecond = (rig.server().requests(S3Operation.GET) - sent) / 25.0;
      rig.server().script(S3Script.calm());
      rig.rate(10);
      double after = rig.rate(8);
      say(
          "refused for 30 s, seed %d: %.2f requests a second, %.3f of the rate ten seconds after,"
              + " %d failed reads",
          seed, aSecond, after / before, rig.failed());
      return after / before;
    }
  }
}
