package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.LabelSketch;
import io.penstock.format.ObjectKeys;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.RunCorrelation;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The intra-run correlation of a version's labels, from the sketches of its fragments. Immutable;
/// thread-safe.
final class SketchedCorrelation implements RunCorrelation {
  /*
   * Runs are those of the sample order: as many whole ones as a fragment has, and what is left over
   * of all fragments, put one behind the other and cut again. Inside a fragment the sketch knows the
   * pairs of equal labels, exactly for runs that are a power of two of its groups. Between pieces of
   * different fragments they follow from how often each label comes in either, as if a fragment's
   * left-over were like the rest of it, which is exact for fragments shorter than a run.
   */

  /// Requests and heap that a prediction is worth.
  private static final int MOST_FRAGMENTS = 4096;

  private static final long MOST_LABELS = 1L << 22;
  private static final int AT_ONCE = 64;

  private final List<LabelSketch> fragments;
  private final double chance;

  SketchedCorrelation(List<LabelSketch> fragments) {
    this.fragments = List.copyOf(fragments);
    Map<Long, Double> counts = new HashMap<>();
    for (LabelSketch fragment : fragments) {
      addCounts(counts, fragment, 1);
    }
    double rows = fragments.stream().mapToLong(LabelSketch::rows).sum();
    this.chance = squares(counts) / (rows * rows);
  }

  /// Reads the sketches of a tensor. Blocks.
  ///
  /// @return empty if a fragment has none, or if there are so many fragments and labels that it is
  ///   not worth while
  /// @throws io.penstock.error.CorruptDataException if a sketch is damaged
  static Optional<RunCorrelation> read(Store store, VersionContent content, TensorSpec tensor) {
    List<FragmentEntry> entries = content.fragments();
    if (!LabelSketch.fits(tensor) || entries.isEmpty() || entries.size() > MOST_FRAGMENTS) {
      return Optional.empty();
    }
    List<LabelSketch> sketches = new ArrayList<>();
    long labels = 0;
    for (int from = 0; from < entries.size(); from += AT_ONCE) {
      List<FragmentEntry> some = entries.subList(from, Math.min(from + AT_ONCE, entries.size()));
      for (Optional<LabelSketch> found :
          FanOut.map(some, entry -> find(store, content, entry, tensor.name()))) {
        if (found.isEmpty()) {
          return Optional.empty();
        }
        sketches.add(found.get());
        labels += found.get().labels();
      }
      if (labels > MOST_LABELS) {
        return Optional.empty();
      }
    }
    return Optional.of(new SketchedCorrelation(sketches));
  }

  /// The sketch of a tensor of a fragment, if there is one. Blocks: one request.
  ///
  /// @throws io.penstock.error.CorruptDataException if it is damaged
  static Optional<LabelSketch> find(
      Store store, VersionContent content, FragmentEntry entry, String tensor) {
    String key = ObjectKeys.sketch(entry.id(), tensor);
    long groupSamples = content.layout(entry).groupSamples();
    return store
        .get(key, LabelSketch.MAX_BYTES)
        .map(object -> LabelSketch.decode(key, object.content(), entry.rows(), groupSamples));
  }

  @Override
  public double at(long runSamples) {
    if (runSamples < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "runSamples " + runSamples + " is less than 1");
    }
    double pairs = 0;
    double equal = 0;
    LeftOver leftOver = new LeftOver();
    for (LabelSketch fragment : fragments) {
      double whole = pairsOfWholeRuns(fragment, runSamples);
      pairs += whole;
      equal += whole * share(fragment, runSamples);
      long rest = fragment.rows() % runSamples;
      while (rest > 0) {
        long piece = Math.min(rest, runSamples - leftOver.rows);
        leftOver.add(fragment, piece);
        rest -= piece;
        if (leftOver.rows == runSamples) {
          pairs += pairs(runSamples);
          equal += leftOver.equalPairs();
          leftOver = new LeftOver();
        }
      }
    }
    pairs += pairs(leftOver.rows);
    equal += leftOver.equalPairs();
    return pairs == 0 || chance >= 1 ? 0 : (equal / pairs - chance) / (1 - chance);
  }

  /// A run that is put together from the ends of fragments.
  private static final class LeftOver {
    private final Map<Long, Double> counts = new HashMap<>();
    private long rows;
    private double inPieces;
    private double squaresOfPieces;

    void add(LabelSketch fragment, long piece) {
      double scale = (double) piece / fragment.rows();
      addCounts(counts, fragment, scale);
      rows += piece;
      inPieces += pairs(piece) * share(fragment, piece);
      squaresOfPieces += scale * scale * squares(fragment);
    }

    double equalPairs() {
      return inPieces + (squares(counts) - squaresOfPieces) / 2;
    }
  }

  /// The share of equal labels among the pairs of runs of so many rows of a fragment, no more than
  /// it has.
  private static double share(LabelSketch fragment, long runSamples) {
    int longer = 0;
    while (longer < fragment.lengths() - 1 && length(fragment, longer) < runSamples) {
      longer++;
    }
    double above = shareOf(fragment, longer);
    if (longer == 0 || length(fragment, longer) <= runSamples) {
      return above;
    }
    double below = shareOf(fragment, longer - 1);
    // What is beyond chance falls like a power of the length, as it does for blocks of one label.
    double rows = fragment.rows();
    double chance = squares(fragment) / (rows * rows);
    double position =
        Math.log((double) runSamples / length(fragment, longer - 1))
            / Math.log((double) length(fragment, longer) / length(fragment, longer - 1));
    boolean power = below > chance && above > chance;
    return power
        ? chance + (below - chance) * Math.pow((above - chance) / (below - chance), position)
        : below + (above - below) * position;
  }

  /// The same for one of the sketch's lengths.
  private static double shareOf(LabelSketch fragment, int index) {
    long length = length(fragment, index);
    double pairs = pairsOfWholeRuns(fragment, length) + pairs(fragment.rows() % length);
    return pairs == 0 ? 0 : fragment.pairs(index) / pairs;
  }

  private static long length(LabelSketch fragment, int index) {
    // The last length holds all rows, and may be beyond a long.
    return index == fragment.lengths() - 1 ? fragment.rows() : fragment.groupSamples() << index;
  }

  private static double pairsOfWholeRuns(LabelSketch fragment, long runSamples) {
    long runs = fragment.rows() / runSamples;
    return runs * pairs(runSamples);
  }

  private static double pairs(long rows) {
    return rows / 2.0 * (rows - 1);
  }

  private static void addCounts(Map<Long, Double> counts, LabelSketch fragment, double scale) {
    for (int i = 0; i < fragment.labels(); i++) {
      counts.merge(fragment.label(i), scale * fragment.count(i), Double::sum);
    }
  }

  private static double squares(Map<Long, Double> counts) {
    return counts.values().stream().mapToDouble(count -> count * count).sum();
  }

  private static double squares(LabelSketch fragment) {
    double sum = 0;
    for (int i = 0; i < fragment.labels(); i++) {
      sum += (double) fragment.count(i) * fragment.count(i);
    }
    return sum;
  }
}
