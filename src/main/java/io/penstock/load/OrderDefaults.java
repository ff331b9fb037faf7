package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.math.BigInteger;

/// Chooses how long runs are and how many lanes there are (`format-spec/order-v1.md` §9), from the
/// version, the batch and the memory alone. Exact: all divisions are of integers.
final class OrderDefaults {
  /// Bytes of a run to begin with: what makes a request worth its round trip.
  private static final long RUN_BYTES = 8L << 20;

  /// Runs are not cut for more lanes once they are as small as this.
  private static final long SMALL_RUN_BYTES = 2L << 20;

  /// More lanes than this mix no better.
  private static final long LANES_ENOUGH = 256;

  /// Fewer lanes mix too badly to begin with, unless the batch itself is smaller.
  private static final long LANES_NEEDED = 32;

  private final VersionFigures figures;
  private final long samples;
  private final long groupSamples; // live samples of the largest group

  OrderDefaults(SampleSpace space, VersionFigures figures) {
    this.figures = figures;
    samples = space.samples();
    groupSamples =
        Math.max(
            1,
            rounded(space.largestGroup(), samples, BigInteger.valueOf(Math.max(1, space.rows()))));
  }

  OrderShape shape(long batch, long orderMemory) {
    OrderShape full = OrderShape.full(batch);
    if (orderMemory < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "orderMemory " + orderMemory + " is less than 1");
    }
    if (samples == 0 || figures.decodedBytes() <= orderMemory) {
      return full;
    }
    return lanes(batch, orderMemory);
  }

  /// The same without looking whether all samples fit into the memory. Of few samples there may be
  /// few lanes.
  OrderShape lanes(long batch, long orderMemory) {
    RunsAndLanes choice = choose(batch, orderMemory);
    boolean few = figures.decodedBytes() <= orderMemory;
    if (choice.lanes() < Math.min(batch, LANES_NEEDED) && !few) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "batch "
              + batch
              + " with an orderMemory of "
              + orderMemory
              + " bytes would come from "
              + choice.lanes()
              + " lanes; at least "
              + Math.min(batch, LANES_NEEDED)
              + " are needed, as with "
              + nearestBatch(batch, orderMemory)
              + "an orderMemory of "
              + memoryThatWorks(batch, orderMemory));
    }
    return OrderShape.lanes(batch, choice.runSamples(), Math.max(1, choice.lanes()));
  }

  /// Samples of a run that is worth a request: whole groups.
  long wholeRun() {
    return groupsOfWholeRun() * groupSamples;
  }

  private long groupsOfWholeRun() {
    long stored = Math.max(1, figures.storedBytes());
    long groups =
        rounded(
            RUN_BYTES,
            samples,
            BigInteger.valueOf(stored).multiply(BigInteger.valueOf(groupSamples)));
    return Math.max(1, Math.min(groups, samples / groupSamples + 1));
  }

  private record RunsAndLanes(long runSamples, long lanes) {}

  private RunsAndLanes choose(long batch, long orderMemory) {
    long chunks = groupsOfWholeRun();
    long runSamples = chunks * groupSamples;
    long lanes = atMost(affordable(runSamples, orderMemory), batch);
    while (chunks > 1
        && ((4 * lanes < 3 * Math.min(batch, LANES_ENOUGH)
                && runBytes(runSamples) > SMALL_RUN_BYTES)
            || samples / runSamples < 4 * lanes)) {
      chunks /= 2;
      runSamples = chunks * groupSamples;
      lanes = atMost(affordable(runSamples, orderMemory), batch);
    }
    while (lanes > 1 && samples / runSamples < 3 * lanes) {
      lanes = atMost(lanes - 1, batch);
    }
    return new RunsAndLanes(runSamples, lanes);
  }

  /// Stored bytes of a run.
  private long runBytes(long runSamples) {
    return BigInteger.valueOf(runSamples)
        .multiply(BigInteger.valueOf(figures.storedBytes()))
        .divide(BigInteger.valueOf(samples))
        .min(BigInteger.valueOf(SampleSpace.MAX_ROWS))
        .longValueExact();
  }

  /// Lanes of which each holds half a run and a decoded chunk.
  private long affordable(long runSamples, long orderMemory) {
    BigInteger ofTwoLanes =
        BigInteger.valueOf(runBytes(runSamples))
            .add(BigInteger.TWO.multiply(BigInteger.valueOf(figures.decodedGroupBytes())))
            .max(BigInteger.ONE);
    return BigInteger.TWO
        .multiply(BigInteger.valueOf(orderMemory))
        .divide(ofTwoLanes)
        .min(BigInteger.valueOf(1L << 31))
        .longValueExact();
  }

  /// The largest multiple or divisor of the batch that is not above the limit; 0 without one.
  private static long atMost(long limit, long batch) {
    if (limit >= batch) {
      return limit / batch * batch;
    }
    long divisor = Math.max(0, limit);
    while (divisor > 0 && batch % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  private boolean works(long batch, long orderMemory) {
    return figures.decodedBytes() <= orderMemory
        || choose(batch, orderMemory).lanes() >= Math.min(batch, LANES_NEEDED);
  }

  /// The batch nearest to one that does not work, as words; empty without one that is less than
  /// twice as large.
  private String nearestBatch(long batch, long orderMemory) {
    for (long distance = 1; distance <= batch; distance++) {
      if (batch > distance && works(batch - distance, orderMemory)) {
        return "a batch of " + (batch - distance) + " or ";
      }
      if (works(batch + distance, orderMemory)) {
        return "a batch of " + (batch + distance) + " or ";
      }
    }
    return "";
  }

  /// The first of the doubled memories that works, or what makes the order a full one.
  private long memoryThatWorks(long batch, long orderMemory) {
    for (long memory = orderMemory; memory < figures.decodedBytes() / 2; ) {
      memory *= 2;
      if (works(batch, memory)) {
        return memory;
      }
    }
    return figures.decodedBytes();
  }

  /// The product of two numbers through a third, rounded to the nearest integer, halves up; at most
  /// 2^62.
  private static long rounded(long a, long b, BigInteger divisor) {
    return BigInteger.valueOf(a)
        .multiply(BigInteger.valueOf(b))
        .multiply(BigInteger.TWO)
        .add(divisor)
        .divide(divisor.multiply(BigInteger.TWO))
        .min(BigInteger.valueOf(SampleSpace.MAX_ROWS))
        .longValueExact();
  }
}
