package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.List;

/// The weights of several streams from one position of their mix on.
///
/// @param start the position from which these weights count
/// @param weights one for each stream, 0 to 2^32, not all 0; only their ratios matter
public record MixSegment(long start, List<Long> weights) {
  private static final long LARGEST = 1L << 32;

  /// Copies the list and checks the numbers.
  public MixSegment {
    weights = List.copyOf(weights);
    if (start < 0 || start > SampleSpace.MAX_ROWS) {
      throw refused("start " + start + " is not in 0 to 2^62");
    }
    if (weights.stream().allMatch(weight -> weight == 0)) {
      throw refused("weights " + weights + " have none above 0");
    }
    for (long weight : weights) {
      if (weight < 0 || weight > LARGEST) {
        throw refused("weight " + weight + " is not in 0 to 2^32");
      }
    }
  }

  /// The slots of each stream in a block: the largest remainders, after the whole parts; the first
  /// stream of several with equal remainders.
  int[] quotas(int slots) {
    long sum = weights.stream().mapToLong(Long::longValue).sum();
    int[] quotas = new int[weights.size()];
    int left = slots;
    for (int s = 0; s < quotas.length; s++) {
      quotas[s] = (int) (slots * weights.get(s) / sum);
      left -= quotas[s];
    }
    boolean[] raised = new boolean[quotas.length];
    for (; left > 0; left--) {
      int largest = -1;
      for (int s = 0; s < quotas.length; s++) {
        if (!raised[s]
            && (largest < 0 || remainder(s, slots, sum) > remainder(largest, slots, sum))) {
          largest = s;
        }
      }
      raised[largest] = true;
      quotas[largest]++;
    }
    return quotas;
  }

  private long remainder(int stream, int slots, long sum) {
    return slots * weights.get(stream) % sum;
  }

  private static RefusedException refused(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }
}
