package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Hash64;
import io.penstock.tensor.Permutation;
import java.util.ArrayList;
import java.util.List;

/// Several streams of samples mixed by weight: a pure function of the seed and the position, as
/// `format-spec/order-v1.md` §8 specifies it. In every block of 1,024 positions each stream has
/// exactly its share, in an order of that block. Weights can change at any position. Immutable;
/// thread-safe; no I/O.
///
/// Each stream goes on through its own epochs: with N samples, index i of a stream is position i
/// mod N of its epoch ⌊i/N⌋, and its [SampleOrder] takes [#streamSeed] as seed.
public final class MixedOrder {
  /// Positions of a block.
  public static final int BLOCK = 1024;

  private static final int MOST_STREAMS = BLOCK;

  private final OrderKeys keys;
  private final long mixKey;
  private final int streams;
  private final List<Segment> segments = new ArrayList<>();
  private final long[] starts;

  /// @param start its first position
  /// @param ends slots of the streams up to and with each one
  /// @param base samples that each stream has given before
  @SuppressWarnings("ArrayRecordComponent") // confined to this class, never compared
  private record Segment(long start, int[] ends, long[] base) {
    int stream(long slot) {
      int stream = 0;
      while (ends[stream] <= slot) {
        stream++;
      }
      return stream;
    }

    int quota(int stream) {
      return ends[stream] - (stream == 0 ? 0 : ends[stream - 1]);
    }
  }

  private MixedOrder(long seed, List<MixSegment> given) {
    keys = OrderKeys.of(seed, 0);
    mixKey = keys.ofSeed(OrderKeys.MIX);
    streams = given.getFirst().weights().size();
    starts = given.stream().mapToLong(MixSegment::start).toArray();
    long[] base = new long[streams];
    for (MixSegment segment : given) {
      int[] quotas = segment.quotas(BLOCK);
      checkStarved(segment, quotas);
      for (int s = 1; s < streams; s++) {
        quotas[s] += quotas[s - 1];
      }
      if (!segments.isEmpty()) {
        base = indexes(segments.getLast(), segment.start());
      }
      segments.add(new Segment(segment.start(), quotas, base));
    }
  }

  /// A mix.
  ///
  /// @param seed any number
  /// @param segments the weights; the first from position 0, starts rising, all of as many streams,
  ///   which are 1 to 1,024
  /// @throws RefusedException if they are not, or if a stream with a weight would get no slot in a
  ///   block
  public static MixedOrder of(long seed, List<MixSegment> segments) {
    if (segments.isEmpty() || segments.getFirst().start() != 0) {
      throw refused("the first segment of a mix must start at 0");
    }
    int streams = segments.getFirst().weights().size();
    if (streams > MOST_STREAMS) {
      throw refused(streams + " streams are more than " + MOST_STREAMS);
    }
    for (int i = 1; i < segments.size(); i++) {
      MixSegment segment = segments.get(i);
      if (segment.start() <= segments.get(i - 1).start() || segment.weights().size() != streams) {
        throw refused(
            "segment "
                + i
                + " must start later than the one before and have "
                + streams
                + " weights");
      }
    }
    return new MixedOrder(seed, segments);
  }

  /// Streams.
  public int streams() {
    return streams;
  }

  /// The seed for the order of one stream's samples.
  public long streamSeed(int stream) {
    return Hash64.numbered(keys.ofSeed(OrderKeys.STREAM), stream);
  }

  /// The stream that the sample at a position comes from.
  public int stream(long position) {
    Segment segment = segment(position);
    return stream(segment, position);
  }

  /// How many samples of that stream come before: the index in it. Looks at the positions of one
  /// block.
  public long index(long position) {
    Segment segment = segment(position);
    return indexes(segment, position)[stream(segment, position)];
  }

  /// Streams and indexes at consecutive positions, at the cost of one step each.
  ///
  /// @param from the first position
  /// @param streamOf takes the streams
  /// @param indexOf takes the indexes; as long as `streamOf`
  public void fill(long from, int[] streamOf, long[] indexOf) {
    if (streamOf.length != indexOf.length) {
      throw refused("room for " + streamOf.length + " streams and " + indexOf.length + " indexes");
    }
    if (streamOf.length == 0) {
      return;
    }
    long[] next = indexes(segment(from), from);
    for (int i = 0; i < streamOf.length; i++) {
      streamOf[i] = stream(from + i);
      indexOf[i] = next[streamOf[i]]++;
    }
  }

  /// The rank that takes the sample at a position.
  ///
  /// @param position from 0
  /// @param worldSize ranks; divides the batch
  /// @param batch samples of a global batch
  /// @throws RefusedException for another world size
  public long rank(long position, long worldSize, long batch) {
    segment(position);
    SampleOrder.checkWorldSize(worldSize, batch);
    return SampleOrder.rank(position, worldSize, batch, batch);
  }

  /// How many samples each stream gives before a position, which is not before the segment.
  private long[] indexes(Segment segment, long position) {
    long inSegment = position - segment.start();
    long[] indexes = segment.base().clone();
    for (int s = 0; s < streams; s++) {
      indexes[s] += inSegment / BLOCK * segment.quota(s);
    }
    for (long at = position - inSegment % BLOCK; at < position; at++) {
      indexes[stream(segment, at)]++;
    }
    return indexes;
  }

  private int stream(Segment segment, long position) {
    long inBlock = (position - segment.start()) % BLOCK;
    long key = Hash64.numbered(mixKey, position - inBlock);
    return segment.stream(Permutation.apply(inBlock, BLOCK, key));
  }

  private Segment segment(long position) {
    if (position < 0) {
      throw refused("position " + position + " is negative");
    }
    return segments.get(SampleSpace.lastAtMost(starts, position));
  }

  private static void checkStarved(MixSegment segment, int[] quotas) {
    for (int s = 0; s < quotas.length; s++) {
      if (quotas[s] == 0 && segment.weights().get(s) > 0) {
        throw refused(
            "stream "
                + s
                + " would get no sample: weight "
                + segment.weights().get(s)
                + " of "
                + segment.weights()
                + " is too small for blocks of "
                + BLOCK);
      }
    }
  }

  private static RefusedException refused(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }
}
