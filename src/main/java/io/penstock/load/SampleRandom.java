package io.penstock.load;

import io.penstock.tensor.Hash64;
import java.util.random.RandomGenerator;

/// Random numbers for one sample in one epoch: the same ones whenever, wherever and by whichever
/// thread and rank the sample is loaded. The generator is SplitMix64, keyed by the loader's seed,
/// the epoch and the sample's id. Not for secrets. One thread at a time.
///
/// Each tensor's hooks begin with a fresh one: what is drawn first for an image is drawn first for
/// its segmentation mask too, so that both are cut and turned in the same way. [#of(int)] gives
/// numbers that have nothing to do with these.
public final class SampleRandom implements RandomGenerator {
  private final long key;
  private long state;

  private SampleRandom(long key) {
    this.key = key;
    this.state = key;
  }

  /// The generator of a sample.
  ///
  /// @param seed of the loader
  /// @param epoch from 0
  /// @param sampleId in the dataset
  public static SampleRandom of(long seed, long epoch, long sampleId) {
    return new SampleRandom(
        Hash64.numbered(OrderKeys.of(seed, epoch).ofEpoch(OrderKeys.SAMPLE), sampleId));
  }

  /// Another generator of the same sample, at its beginning.
  ///
  /// @param use any number; each gives numbers of its own
  public SampleRandom of(int use) {
    return new SampleRandom(Hash64.mix(Hash64.numbered(key, use + 1L)));
  }

  @Override
  public long nextLong() {
    state += Hash64.PHI;
    return Hash64.mix(state);
  }
}
