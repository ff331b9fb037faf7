package io.penstock.load;

import io.penstock.tensor.Hash64;
import io.penstock.tensor.Permutation;

/// Where the lanes stand on the line, and which of them a position takes its sample from
/// (`format-spec/order-v1.md` §5). Pure; immutable.
final class Lanes {
  /*
   * K lanes of equal length (± 1) are cut from a line of N samples, side by side in G groups of g.
   * Step m of the epoch takes one sample of every lane: groups in turn, and within a group the
   * lanes in an order of that step. The first E = N mod K places of the steps are what a last,
   * short step takes; they tell which lanes are longer by one. A lane begins at a phase of its own,
   * so that no two lanes come to the end of a run at the same time, and goes round.
   */

  /// Multiplier that spreads the lanes over their own length (α).
  private static final long SPREAD = 0x91E10DA5C79E7801L;

  private final long lanes; // K
  private final long groups; // G
  private final long lanesInGroup; // g
  private final long length; // T
  private final long longerInGroup; // A: so many lanes of every group are longer by one,
  private final long groupsWithOneMore; // D: and one more in so many groups
  private final long runSamples;
  private final long stepKey;

  Lanes(long samples, OrderShape shape, long stepKey) {
    lanes = shape.lanes();
    groups = Math.min(shape.batch(), lanes);
    lanesInGroup = lanes / groups;
    length = samples / lanes;
    longerInGroup = samples % lanes / groups;
    groupsWithOneMore = samples % lanes % groups;
    runSamples = shape.runSamples();
    this.stepKey = stepKey;
  }

  long lanesInGroup() {
    return lanesInGroup;
  }

  /// The group of the lane that a position belongs to.
  long group(long position) {
    return position % lanes % groups;
  }

  /// The lane that a position takes its sample from, counted within its group.
  long laneInGroup(long position) {
    long step = position / lanes;
    long inStep = position % lanes;
    long turn = inStep / groups;
    if (step == length) {
      return turn; // the short last step has a sample of the longer lanes only
    }
    long key = Hash64.numbered(stepKey, step) ^ (2 * (inStep % groups) + 1);
    return Permutation.apply(turn, lanesInGroup, Hash64.mix(key));
  }

  /// The place on the line that a position of a lane stands for.
  long place(long position, long group, long laneInGroup) {
    long start = start(group, laneInGroup);
    long laneLength = length + (laneInGroup < longer(group) ? 1 : 0);
    long lane = group * lanesInGroup + laneInGroup;
    long spread = Hash64.scale(length, lane * SPREAD);
    long inRun = Hash64.scale(runSamples, lane * Hash64.PHI) - start - spread;
    long phase = (spread + Math.floorMod(inRun, runSamples)) % laneLength;
    return start + (position / lanes + phase) % laneLength;
  }

  /// The place on the line with which a lane begins; for the group after the last, the line's end.
  long start(long group, long laneInGroup) {
    return (group * lanesInGroup + laneInGroup) * length
        + group * longerInGroup
        + Math.min(group, groupsWithOneMore)
        + Math.min(laneInGroup, longer(group));
  }

  private long longer(long group) {
    return longerInGroup + (group < groupsWithOneMore ? 1 : 0);
  }
}
