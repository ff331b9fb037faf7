package io.penstock.write;

import io.penstock.format.LabelSketch;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The labels of all tensors of a fragment that can have a sketch, counted while they are written.
/// One thread at a time.
final class LabelTallies {
  /*
   * What is counted depends on the samples alone, not on how they were cut into calls: so all
   * tensors of a sample are counted before the next one's, and limits are looked at in between.
   */

  /// Different labels of all tensors together: about 15 MiB of heap.
  private static final int MOST_LABELS = 2 * LabelSketch.MAX_LABELS;

  private final List<TensorSpec> tensors;
  private final @Nullable LabelTally[] tallies;
  private boolean any;
  private long rows;
  private int labels;

  LabelTallies(Schema schema, long groupSamples) {
    tensors = schema.tensors();
    tallies = new LabelTally[tensors.size()];
    for (int i = 0; i < tallies.length; i++) {
      if (LabelSketch.fits(tensors.get(i))) {
        tallies[i] = new LabelTally(groupSamples);
        any = true;
      }
    }
  }

  /// Counts samples. Gives up a tensor that turns out to have too many labels.
  void add(List<Rows> call) {
    long count = call.getFirst().count();
    for (long sample = 0; any && sample < count; sample++) {
      rows++;
      if (rows > LabelSketch.MAX_ROWS) {
        any = false;
      }
      for (int i = 0; i < tallies.length; i++) {
        add(i, call.get(i), sample);
      }
    }
  }

  private void add(int tensor, Rows samples, long sample) {
    LabelTally tally = tallies[tensor];
    if (tally == null) {
      return;
    }
    int before = tally.labels();
    tally.add(samples.tensor().type().integerAt(samples.elements(), sample));
    labels += tally.labels() - before;
    if (tally.labels() > LabelSketch.MAX_LABELS) {
      giveUp(tensor, tally);
    } else if (labels > MOST_LABELS) {
      giveUpTheLargest();
    }
  }

  private void giveUpTheLargest() {
    int largest = -1;
    int most = 0;
    for (int i = 0; i < tallies.length; i++) {
      LabelTally tally = tallies[i];
      if (tally != null && tally.labels() > most) {
        largest = i;
        most = tally.labels();
      }
    }
    LabelTally tally = tallies[largest];
    if (tally != null) {
      giveUp(largest, tally);
    }
  }

  private void giveUp(int tensor, LabelTally tally) {
    tallies[tensor] = null;
    labels -= tally.labels();
  }

  /// The sketches by tensor.
  Map<String, LabelSketch> sketches() {
    Map<String, LabelSketch> sketches = new LinkedHashMap<>();
    for (int i = 0; any && i < tallies.length; i++) {
      LabelTally tally = tallies[i];
      if (tally != null) {
        sketches.put(tensors.get(i).name(), tally.sketch());
      }
    }
    return sketches;
  }
}
