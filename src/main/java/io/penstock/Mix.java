package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.MixSegment;
import io.penstock.load.MixSource;
import io.penstock.load.SampleSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// Several versions, or views of them, as one stream of samples in which each has its weight: in
/// every block of 1,024 samples exactly, to the nearest sample. Each goes through epochs of its
/// own, shuffled anew each time, so small ones come again while large ones are still in their
/// first. Immutable and thread-safe; valid until the first of the datasets is closed.
///
/// ```java
/// try (Loader loader =
///     Mix.of(web.view(), 7).and(books.view(), 3).loader().tensors("tokens").build()) { … }
/// ```
public final class Mix {
  private final List<View> views;
  private final List<Long> weights;
  private final List<MixSegment> changes;
  private final long epochSamples;

  private Mix(List<View> views, List<Long> weights, List<MixSegment> changes, long epochSamples) {
    this.views = List.copyOf(views);
    this.weights = List.copyOf(weights);
    this.changes = List.copyOf(changes);
    this.epochSamples = epochSamples;
  }

  /// A mix of one, to begin with.
  ///
  /// @param weight 0 to 2^32; only the ratios of weights matter
  public static Mix of(View view, long weight) {
    return new Mix(List.of(view), List.of(weight), List.of(), 0);
  }

  /// The same with one more.
  ///
  /// @param view of the same [Penstock]
  /// @param weight 0 to 2^32
  /// @throws RefusedException after [#from]: all streams have to be there before weights change
  public Mix and(View view, long weight) {
    if (!changes.isEmpty()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "weights change before all streams of the mix are there: add the others first");
    }
    List<View> more = new ArrayList<>(views);
    more.add(view);
    List<Long> moreWeights = new ArrayList<>(weights);
    moreWeights.add(weight);
    return new Mix(more, moreWeights, changes, epochSamples);
  }

  /// The same with other weights from a position on. A loader that stands before that position can
  /// be resumed with it.
  ///
  /// @param position samples of the mix before the change, over all ranks and epochs
  /// @param weights one for each stream
  public Mix from(long position, long... weights) {
    List<MixSegment> longer = new ArrayList<>(changes);
    longer.add(new MixSegment(position, LongStream.of(weights).boxed().toList()));
    return new Mix(views, this.weights, longer, epochSamples);
  }

  /// The same with another length of what its loader calls an epoch; by default as many samples as
  /// all streams have together. The next epoch goes on where this one ends.
  ///
  /// @param samples rounded down to whole batches, but at least one
  public Mix epochSamples(long samples) {
    return new Mix(views, weights, changes, samples);
  }

  /// Begins a loader over the mix. Its tensors must be there in all streams, of one type and sample
  /// shape.
  public LoaderBuilder loader() {
    return new LoaderBuilder(new LoaderSource.OfMix(this));
  }

  /// What is mixed.
  List<View> views() {
    return views;
  }

  /// What is mixed, for the reading line. Finds out which samples the views have.
  MixSource source() {
    List<SampleSpace> spaces = views.stream().map(View::space).toList();
    long all = spaces.stream().mapToLong(SampleSpace::samples).sum();
    List<MixSegment> segments = new ArrayList<>(List.of(new MixSegment(0, weights)));
    segments.addAll(changes);
    return new MixSource(
        views.stream().map(View::source).toList(),
        segments,
        epochSamples > 0 ? epochSamples : Math.max(1, all));
  }

  /// The streams with their weights.
  @Override
  public String toString() {
    return java.util.stream.IntStream.range(0, views.size())
        .mapToObj(s -> weights.get(s) + " of " + views.get(s))
        .collect(Collectors.joining(" and ", "a mix of ", ""));
  }
}
