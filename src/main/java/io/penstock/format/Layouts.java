package io.penstock.format;

import io.penstock.codec.BytesCodec;
import io.penstock.codec.CodecChain;
import io.penstock.codec.Crc32cCodec;
import io.penstock.codec.ZstdCodec;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Plans how a fragment is cut into chunks and shards. Pure functions: the same schema, measures
/// and options give the same layout, so that fragments of different writers share one.
public final class Layouts {
  /*
   * The largest tensor sets the group size c: the power of two for which c samples come closest to
   * the chunk target. Its chunk is c samples. Every other array with the samples on axis 0 has chunks
   * of c·2^k samples, the largest that keep to SMALL_CHUNK_BYTES; one of which c samples exceed
   * MAX_CHUNK_BYTES, which only a given c can bring about, has the largest divisor of c that keeps to
   * the target instead. A shard holds c·2^j samples, so everything divides everything. A sample above
   * MAX_CHUNK_BYTES is cut on its own axes, the outermost first, so that pieces stay contiguous.
   */

  private static final long MIN_CHUNK_BYTES = 64 << 10;
  private static final long MAX_CHUNK_BYTES = 16 << 20;

  /// What chunks of labels and the like aim at: read whole and kept, so small ones cost nothing.
  private static final long SMALL_CHUNK_BYTES = 64 << 10;

  /// Chunks of `values` in one mean group, so that a group is not fetched with much of another.
  private static final long VALUE_CHUNKS_PER_GROUP = 32;

  private static final long MAX_VALUE_CHUNK_BYTES = 1 << 20;

  /// The most chunks that a shard is planned with: an index of 16 KiB, which a fragment of a few
  /// samples has to carry as well.
  private static final long MAX_PLANNED_CHUNKS_PER_SHARD = 1024;

  private final LayoutOptions options;
  private final long groupSamples;

  private Layouts(LayoutOptions options, long groupSamples) {
    this.options = options;
    this.groupSamples = groupSamples;
  }

  /// The layout of a fragment.
  ///
  /// @param measures one for each tensor of the schema, in its order
  /// @throws RefusedException with code `INVALID_ARGUMENT` or `LIMIT_EXCEEDED` for options out of
  ///   bounds, or tensors that no layout can hold
  public static Layout plan(Schema schema, List<TensorMeasure> measures, LayoutOptions options) {
    check(schema, measures, options);
    long largest = 1;
    for (int i = 0; i < measures.size(); i++) {
      largest = Math.max(largest, sampleBytes(schema.tensors().get(i), measures.get(i)));
    }
    Layouts layouts = new Layouts(options, groupSamples(largest, options));
    List<TensorLayout> tensors = new ArrayList<>();
    for (int i = 0; i < measures.size(); i++) {
      TensorSpec tensor = schema.tensors().get(i);
      tensors.add(
          tensor.ragged()
              ? layouts.ragged(tensor, measures.get(i))
              : layouts.fixed(tensor, measures.get(i), largest));
    }
    return new Layout(layouts.groupSamples, tensors);
  }

  private static void check(Schema schema, List<TensorMeasure> measures, LayoutOptions options) {
    if (schema.tensors().isEmpty()) {
      throw invalid("a schema without tensors has no layout");
    }
    List<String> names = schema.tensors().stream().map(TensorSpec::name).toList();
    List<String> measured = measures.stream().map(TensorMeasure::tensor).toList();
    if (!names.equals(measured)) {
      throw invalid("measures of " + measured + " for the tensors " + names);
    }
    long bytes = options.chunkBytes();
    if (bytes < MIN_CHUNK_BYTES || bytes > MAX_CHUNK_BYTES) {
      throw invalid(
          "chunkBytes " + bytes + " is not within " + MIN_CHUNK_BYTES + " to " + MAX_CHUNK_BYTES);
    }
    if (options.shardBytes() < 1) {
      throw invalid("shardBytes " + options.shardBytes() + " is less than 1");
    }
    long samples = options.chunkSamples().orElse(1);
    if (samples < 1 || samples > Shape.MAX_DIMENSION) {
      throw invalid("chunkSamples " + samples + " is not within 1 to " + Shape.MAX_DIMENSION);
    }
  }

  private static RefusedException invalid(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }

  private static long sampleBytes(TensorSpec tensor, TensorMeasure measure) {
    return tensor.ragged()
        ? Math.max(measure.meanSampleBytes(), 1)
        : notEmpty(tensor.sampleShape()).bytes(tensor.type());
  }

  /// The shape with 1 for every 0: chunks have no empty axes.
  private static Shape notEmpty(Shape shape) {
    return Shape.of(Arrays.stream(shape.toArray()).map(length -> Math.max(length, 1)).toArray());
  }

  private static long groupSamples(long largest, LayoutOptions options) {
    if (options.chunkSamples().isPresent()) {
      return options.chunkSamples().getAsLong();
    }
    long samples = nearestPowerOfTwo(options.chunkBytes(), largest);
    while (samples > 1 && samples * largest > MAX_CHUNK_BYTES) {
      samples /= 2;
    }
    while (samples * largest < MIN_CHUNK_BYTES) {
      samples *= 2;
    }
    return samples;
  }

  private TensorLayout fixed(TensorSpec tensor, TensorMeasure measure, long largest) {
    long bytes = sampleBytes(tensor, measure);
    boolean setsGroup = bytes == largest;
    return new TensorLayout.Fixed(
        tensor.name(),
        sampleArray(
            tensor.name(), tensor.type(), tensor.sampleShape(), setsGroup, measure.codecs()));
  }

  private TensorLayout ragged(TensorSpec tensor, TensorMeasure measure) {
    String name = tensor.name();
    Shape rank = Shape.of(tensor.sampleShape().rank());
    return new TensorLayout.Ragged(
        name,
        values(tensor, measure),
        sampleArray(
            name + "/offset", DataType.INT64, Shape.SCALAR, false, indexCodecs(DataType.INT64)),
        sampleArray(name + "/shape", DataType.INT32, rank, false, indexCodecs(DataType.INT32)));
  }

  /// Offsets and shapes are smooth, and small beside the values: they always compress.
  private static CodecChain indexCodecs(DataType type) {
    return CodecChain.of(BytesCodec.forType(type), new ZstdCodec(3, false), new Crc32cCodec());
  }

  private ArrayLayout values(TensorSpec tensor, TensorMeasure measure) {
    long groupBytes = saturatedProduct(groupSamples, sampleBytes(tensor, measure));
    long wanted = nearestPowerOfTwo(Math.max(groupBytes / VALUE_CHUNKS_PER_GROUP, 1), 1);
    long bytes = Math.clamp(wanted, MIN_CHUNK_BYTES, MAX_VALUE_CHUNK_BYTES);
    Shape chunk = Shape.of(bytes / tensor.type().byteCount());
    long chunks = floorPowerOfTwo(options.shardBytes() / bytes, MAX_PLANNED_CHUNKS_PER_SHARD);
    return new ArrayLayout(
        tensor.name() + "/values",
        tensor.type(),
        Shape.SCALAR,
        chunk,
        Shape.of(chunk.dimension(0) * chunks),
        measure.codecs());
  }

  /// An array with the samples on axis 0.
  ///
  /// @param setsGroup whether it is (one of) the largest, whose chunk is the group
  private ArrayLayout sampleArray(
      String path, DataType type, Shape innerShape, boolean setsGroup, CodecChain codecs) {
    Shape sample = notEmpty(innerShape);
    long bytes = sample.bytes(type);
    long chunkSamples = bytes > MAX_CHUNK_BYTES ? 1 : chunkSamples(bytes, setsGroup);
    long[] chunk = sample.prepend(chunkSamples).toArray();
    if (bytes > MAX_CHUNK_BYTES) {
      cut(chunk, type.byteCount());
    }
    return new ArrayLayout(
        path, type, innerShape, Shape.of(chunk), shard(chunk, sample, type), codecs);
  }

  private long chunkSamples(long bytes, boolean setsGroup) {
    if (saturatedProduct(groupSamples, bytes) > MAX_CHUNK_BYTES) {
      return largestDivisor(groupSamples, Math.max(options.chunkBytes() / bytes, 1));
    }
    long samples = groupSamples;
    while (!setsGroup && samples * 2 * bytes <= SMALL_CHUNK_BYTES) {
      samples *= 2;
    }
    return samples;
  }

  private static long largestDivisor(long number, long most) {
    long divisor = Math.min(number, most);
    while (number % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  /// Cuts a chunk of one sample on its own axes until it keeps to the target.
  private void cut(long[] chunk, long elementBytes) {
    for (int axis = 1; axis < chunk.length; axis++) {
      long bytes = Shape.of(chunk).elements() * elementBytes;
      long parts = Math.ceilDiv(bytes, options.chunkBytes());
      chunk[axis] = Math.max(chunk[axis] / Math.min(parts, chunk[axis]), 1);
    }
  }

  /// A shard around a chunk: whole inner axes from the innermost outwards, as far as the target
  /// allows, then a number of samples that both the chunk and c divide.
  private Shape shard(long[] chunk, Shape sample, DataType type) {
    long[] shard = chunk.clone();
    long bytes = Shape.of(chunk).elements() * type.byteCount();
    long room = Math.clamp(options.shardBytes() / bytes, 1, MAX_PLANNED_CHUNKS_PER_SHARD);
    boolean whole = true;
    for (int axis = chunk.length - 1; axis > 0 && whole; axis--) {
      long cells = Math.ceilDiv(sample.dimension(axis - 1), chunk[axis]);
      long taken = Math.min(cells, room);
      shard[axis] = chunk[axis] * taken;
      room /= taken;
      whole = taken == cells;
    }
    if (chunk[0] < groupSamples) {
      shard[0] = groupSamples;
      room /= groupSamples / chunk[0];
    }
    shard[0] *= whole ? floorPowerOfTwo(room, MAX_PLANNED_CHUNKS_PER_SHARD) : 1;
    long chunks = 1;
    for (int axis = 0; axis < chunk.length; axis++) {
      chunks = saturatedProduct(chunks, shard[axis] / chunk[axis]);
    }
    if (chunks > LayoutJson.MAX_CHUNKS_PER_SHARD) {
      throw invalid(
          "chunkSamples " + groupSamples + " is too large for samples of " + sample.bytes(type));
    }
    return Shape.of(shard);
  }

  /// The power of two nearest to a quotient, by ratio; at least 1.
  private static long nearestPowerOfTwo(long dividend, long divisor) {
    long below = Math.max(Long.highestOneBit(dividend / divisor), 1);
    // The geometric mean of below and its double: above it the double is nearer.
    double ratio = (double) dividend / divisor / below;
    return ratio * ratio > 2 ? below * 2 : below;
  }

  private static long floorPowerOfTwo(long number, long most) {
    return Math.max(Long.highestOneBit(Math.min(number, most)), 1);
  }

  private static long saturatedProduct(long a, long b) {
    return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE;
  }
}
