package io.penstock.load;

import io.penstock.tensor.Hash64;
import io.penstock.tensor.Permutation;

/// The runs that a version is cut into: L samples each, which are read together
/// (`format-spec/order-v1.md` §6). Memory for each fragment; immutable; pure.
final class Runs {
  /*
   * Runs are numbered: first the full runs of each fragment in version order, then the left-overs
   * of all fragments, put one behind the other and cut by L. So only the runs of the second kind
   * can span fragments, and only the very last can be short.
   */
  private final SampleSpace space;
  private final long runSamples;
  private final long[] fullBefore; // full runs before each fragment, then all
  private final long[] restBefore; // left-over samples before each fragment, then all

  Runs(SampleSpace space, long runSamples) {
    this.space = space;
    this.runSamples = runSamples;
    int fragments = space.fragments();
    fullBefore = new long[fragments + 1];
    restBefore = new long[fragments + 1];
    for (int f = 0; f < fragments; f++) {
      long live = space.fragmentRows(f).live();
      fullBefore[f + 1] = fullBefore[f] + live / runSamples;
      restBefore[f + 1] = restBefore[f] + live % runSamples;
    }
  }

  /// Runs of full length: ⌊N/L⌋.
  long count() {
    return space.samples() / runSamples;
  }

  /// The run that a live row of the version lies in.
  long run(long row) {
    int f = space.fragment(row);
    long at = space.fragmentRows(f).liveBefore(row - space.firstRow(f));
    long inFull = (fullBefore[f + 1] - fullBefore[f]) * runSamples;
    return at < inFull
        ? fullBefore[f] + at / runSamples
        : fullBefore[fullBefore.length - 1] + (restBefore[f] + at - inFull) / runSamples;
  }

  /// The row of the version that stands at an offset of a run, in the order of the version.
  long row(long run, long offset) {
    int f = fragment(run, offset);
    return space.firstRow(f) + space.fragmentRows(f).row(inFragment(f, run, offset));
  }

  /// The same, with the samples of each chunk within the run permuted.
  long shuffledRow(long run, long offset, long chunkKey) {
    int f = fragment(run, offset);
    FragmentRows fragment = space.fragmentRows(f);
    long at = inFragment(f, run, offset);
    long group = fragment.groupSamples();
    long chunk = fragment.row(at) / group;
    // The part of the run that lies in this fragment, then in this chunk; in live rows.
    long low = at - offset;
    long high = low + runSamples;
    if (run >= fullBefore[fullBefore.length - 1]) {
      long first = (fullBefore[f + 1] - fullBefore[f]) * runSamples;
      low = Math.max(low, first);
      high = Math.min(high, fragment.live());
    }
    low = Math.max(low, fragment.liveBefore(chunk * group));
    // The end of the chunk may lie behind the fragment's: no overflow, then.
    long chunkEnd = Math.min(fragment.rows() - chunk * group, group) + chunk * group;
    high = Math.min(high, fragment.liveBefore(chunkEnd));
    long key = Hash64.numbered(chunkKey, space.firstSample(f) + low);
    long shuffled = low + Permutation.apply(at - low, high - low, key);
    return space.firstRow(f) + fragment.row(shuffled);
  }

  private int fragment(long run, long offset) {
    long full = fullBefore[fullBefore.length - 1];
    return run < full
        ? SampleSpace.lastAtMost(fullBefore, run)
        : SampleSpace.lastAtMost(restBefore, (run - full) * runSamples + offset);
  }

  /// The live row of the fragment that stands there.
  private long inFragment(int f, long run, long offset) {
    long full = fullBefore[fullBefore.length - 1];
    if (run < full) {
      return (run - fullBefore[f]) * runSamples + offset;
    }
    long first = (fullBefore[f + 1] - fullBefore[f]) * runSamples;
    return first + (run - full) * runSamples + offset - restBefore[f];
  }
}
