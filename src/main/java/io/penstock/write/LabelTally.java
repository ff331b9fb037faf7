package io.penstock.write;

import io.penstock.format.LabelSketch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Counts the labels of one tensor in the order in which they are written, for its sketch. Takes
/// heap for each different label. One thread at a time.
final class LabelTally {
  /*
   * Labels are counted group by group; only at the end of a group they are added to the runs of all
   * lengths that it lies in. There n of them make as many new pairs as there are pairs among them,
   * and n more for each that was in the run before. So each label has a counter for every run
   * length, which falls to zero when the label is met in another run than before. Run lengths that
   * hold everything so far in one run need no counters: they all have the same pairs.
   */
  private final long groupSamples;
  private final Map<Long, Label> labels = new HashMap<>();
  private final List<Label> ofGroup = new ArrayList<>();
  private long samplesInGroup;
  private long groups;
  private long[] pairs = new long[0];
  private long allPairs;

  private static final class Label {
    private final long value;
    private long inGroup;
    private long count;
    private long lastGroup = -1;
    private long[] inRun = new long[0];

    Label(long value) {
      this.value = value;
    }
  }

  /// @param groupSamples of the fragment
  LabelTally(long groupSamples) {
    this.groupSamples = groupSamples;
  }

  /// Counts the label of the next sample.
  void add(long value) {
    Label label = labels.computeIfAbsent(value, Label::new);
    if (label.inGroup++ == 0) {
      ofGroup.add(label);
    }
    samplesInGroup++;
    if (samplesInGroup == groupSamples) {
      endGroup();
    }
  }

  private void endGroup() {
    int active = Long.SIZE - Long.numberOfLeadingZeros(groups);
    int known = pairs.length;
    if (active > known) {
      pairs = Arrays.copyOf(pairs, active);
      Arrays.fill(pairs, known, active, allPairs);
    }
    for (Label label : ofGroup) {
      add(label, active);
    }
    ofGroup.clear();
    samplesInGroup = 0;
    groups++;
  }

  private void add(Label label, int active) {
    long added = label.inGroup;
    long among = added * (added - 1) / 2;
    if (label.inRun.length < active) {
      label.inRun = Arrays.copyOf(label.inRun, active);
    }
    for (int length = 0; length < active; length++) {
      if (label.lastGroup >> length != groups >> length) {
        label.inRun[length] = 0;
      }
      pairs[length] += added * label.inRun[length] + among;
      label.inRun[length] += added;
    }
    allPairs += added * label.count + among;
    label.count += added;
    label.lastGroup = groups;
    label.inGroup = 0;
  }

  /// Different labels so far.
  int labels() {
    return labels.size();
  }

  /// The sketch of all that was counted, one sample or more. Nothing can be counted afterwards.
  LabelSketch sketch() {
    long rows = groups * groupSamples + samplesInGroup;
    if (samplesInGroup > 0) {
      endGroup();
    }
    List<Label> ascending = new ArrayList<>(labels.values());
    ascending.sort(Comparator.comparingLong(label -> label.value));
    int known = pairs.length;
    long[] all = Arrays.copyOf(pairs, LabelSketch.lengths(rows, groupSamples));
    Arrays.fill(all, known, all.length, allPairs);
    return new LabelSketch(
        rows,
        groupSamples,
        all,
        ascending.stream().mapToLong(label -> label.value).toArray(),
        ascending.stream().mapToLong(label -> label.count).toArray());
  }
}
