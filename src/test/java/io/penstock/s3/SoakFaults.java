package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.WireFault;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/// Everything that goes wrong with reads on the wire, at random: one request in ten, and now and
/// then many in a row.
final class SoakFaults implements S3Script {
  /// So many directories have an object of each kind: each is slowed down for itself.
  static final int DIRECTORIES = 8;

  /// Of objects of this name no read may fail, and every byte must be right.
  static final String STRICT = "strict";

  /// Of those of this name the server tells lies, too, which no reader without a checksum can see,
  /// and has refusals that are for good.
  static final String LYING = "lying";

  private static final double FAULTS = 0.1;
  private static final double BURSTS = 0.000_2;
  private static final int LONGEST_BURST = 40;
  private static final int MOST_STALLED = 16;
  private static final int MOST_BYTES = 300_000;

  private final Random random;
  private final Map<String, Integer> came = new TreeMap<>();
  private final Deque<CountDownLatch> stalled = new ArrayDeque<>();
  private WireFault burst = new WireFault.None();
  private int burstLeft;
  private boolean over;

  SoakFaults(long seed) {
    random = new Random(seed);
  }

  @Override
  public synchronized WireFault at(S3Operation operation, String key) {
    if (over || operation != S3Operation.GET) {
      return new WireFault.None();
    }
    WireFault fault = next(key);
    came.merge(fault.getClass().getSimpleName(), 1, Integer::sum);
    return fault;
  }

  private WireFault next(String key) {
    if (burstLeft > 0) {
      burstLeft--;
      return burst;
    }
    if (random.nextDouble() < BURSTS) {
      burst = busy();
      burstLeft = random.nextInt(LONGEST_BURST);
      return burst;
    }
    if (random.nextDouble() >= FAULTS) {
      return new WireFault.None();
    }
    return key.endsWith(LYING) && random.nextBoolean() ? lie() : trouble();
  }

  private WireFault busy() {
    return switch (random.nextInt(4)) {
      case 0 -> new WireFault.Refused(503, "SlowDown");
      case 1 -> new WireFault.Refused(500, "InternalError");
      case 2 -> new WireFault.Refused(429, "TooManyRequests");
      default -> new WireFault.ResetBefore();
    };
  }

  private WireFault lie() {
    return switch (random.nextInt(6)) {
      case 0 -> new WireFault.FlippedBit(random.nextInt(MOST_BYTES));
      case 1 -> new WireFault.OtherBytes();
      case 2 -> new WireFault.OtherTag();
      case 3 -> new WireFault.ConditionIgnored();
      case 4 -> new WireFault.Refused(400, "ExpiredToken");
      default -> new WireFault.Refused(403, "RequestTimeTooSkewed");
    };
  }

  private WireFault trouble() {
    return switch (random.nextInt(14)) {
      case 0 -> new WireFault.Refused(502, "BadGateway");
      case 1 -> new WireFault.Refused(500, "InternalError");
      case 2 -> new WireFault.ResetBefore();
      case 3 -> new WireFault.ResetAfter();
      case 4 -> new WireFault.AppliedLate();
      case 5 -> new WireFault.CutBody(0);
      case 6 -> new WireFault.CutBody(random.nextInt(MOST_BYTES));
      case 7 -> new WireFault.ExtraBytes(1 + random.nextInt(MOST_BYTES));
      case 8 -> new WireFault.RangeIgnored();
      case 9 -> new WireFault.WrongRange();
      case 10 -> new WireFault.ErrorDocument(random.nextBoolean());
      case 11 -> new WireFault.Slow(Duration.ofMillis(random.nextInt(100)), 10_000_000);
      case 12 -> slow();
      default -> stall();
    };
  }

  /// Mostly as slow as a bad day, seldom a byte now and then.
  private WireFault slow() {
    long bytesPerSecond = random.nextInt(30) == 0 ? 20 : 100_000 + random.nextInt(1_000_000);
    return new WireFault.Slow(Duration.ZERO, bytesPerSecond);
  }

  /// Only so many are silent at a time: the one that has been for longest goes on, and perhaps
  /// nobody listens any more.
  private WireFault stall() {
    if (stalled.size() == MOST_STALLED) {
      stalled.remove().countDown();
    }
    stalled.add(new CountDownLatch(1));
    return new WireFault.Stall(
        random.nextInt(MOST_BYTES), new CountDownLatch(1), stalled.getLast());
  }

  /// How often which kind came.
  @Override
  public synchronized String toString() {
    return came.toString();
  }

  /// Fails unless every kind came.
  synchronized void assertAllKindsCame() {
    assertThat(came)
        .containsKeys(
            "AppliedLate",
            "ConditionIgnored",
            "CutBody",
            "ErrorDocument",
            "ExtraBytes",
            "FlippedBit",
            "None",
            "OtherBytes",
            "OtherTag",
            "RangeIgnored",
            "Refused",
            "ResetAfter",
            "ResetBefore",
            "Slow",
            "Stall",
            "WrongRange");
  }

  /// Lets go whoever is silent, and lets all be well for those whose request is seen only now.
  synchronized void letGo() {
    over = true;
    stalled.forEach(CountDownLatch::countDown);
  }
}
