package io.penstock.read;

import io.penstock.codec.BytesCodec;
import io.penstock.codec.ChunkCodec;
import io.penstock.codec.CodecChain;
import io.penstock.codec.CodecContext;
import io.penstock.codec.Crc32cCodec;
import io.penstock.codec.ShardIndex;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.codec.ZstdCodec;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Schema;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.store.PutCondition;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// A version laid out by hand, element by element and without catalogs, in any geometry: what the
/// reading line is compared with.
final class HandBuilt {
  private final Store store;
  private final Random random;
  private final List<TensorSpec> specs = new ArrayList<>();
  private final List<Layout> layouts = new ArrayList<>();
  private final List<FragmentEntry> fragments = new ArrayList<>();

  /// Samples of each tensor, over all fragments, as bytes.
  final List<List<byte[]>> samples = new ArrayList<>();

  /// Their shapes.
  final List<List<Shape>> shapes = new ArrayList<>();

  HandBuilt(Store store, Random random) {
    this.store = store;
    this.random = random;
  }

  /// Some fragments of ragged `text`, `image` [4, 5, 3] uint8 and scalar `label` int64, about 20
  /// rows each, in geometries that differ.
  static HandBuilt mixed(Store store, Random random, int fragments) {
    HandBuilt version = new HandBuilt(store, random);
    TensorSpec text = TensorSpec.of("text", DataType.UINT8, Shape.of(-1));
    TensorSpec image = TensorSpec.of("image", DataType.UINT8, Shape.of(4, 5, 3));
    TensorSpec label = TensorSpec.of("label", DataType.INT64, Shape.SCALAR);
    version.tensor(text);
    version.tensor(image);
    version.tensor(label);
    for (int i = 0; i < fragments; i++) {
      long c = 1L << random.nextInt(4);
      version.fragment(
          1 + random.nextInt(40),
          new Layout(
              c,
              List.of(
                  ragged(text, 8 << random.nextInt(3), random.nextBoolean()),
                  new TensorLayout.Fixed(
                      "image",
                      new ArrayLayout(
                          "image",
                          DataType.UINT8,
                          image.sampleShape(),
                          Shape.of(c, 4, 5, 3),
                          Shape.of(4L * c, 4, 5, 3),
                          codecs(DataType.UINT8, true))),
                  new TensorLayout.Fixed(
                      "label",
                      new ArrayLayout(
                          "label",
                          DataType.INT64,
                          Shape.SCALAR,
                          Shape.of(2L * c),
                          Shape.of(4L * c),
                          codecs(DataType.INT64, false))))));
    }
    return version;
  }

  /// A layout of a ragged tensor whose `values` have chunks of so many elements.
  static TensorLayout.Ragged ragged(TensorSpec spec, long chunk, boolean compressed) {
    long rank = spec.sampleShape().rank();
    return new TensorLayout.Ragged(
        spec.name(),
        array(spec, "values", spec.type(), new long[] {chunk}, 3, compressed),
        array(spec, "offset", DataType.INT64, new long[] {8}, 2, compressed),
        array(spec, "shape", DataType.INT32, new long[] {8, rank}, 2, compressed));
  }

  private static ArrayLayout array(
      TensorSpec spec, String name, DataType type, long[] chunk, int perShard, boolean compressed) {
    long[] shard = chunk.clone();
    shard[0] *= perShard;
    return new ArrayLayout(
        spec.name() + "/" + name,
        type,
        Shape.of(chunk).dropFirst(),
        Shape.of(chunk),
        Shape.of(shard),
        codecs(type, compressed));
  }

  void tensor(TensorSpec spec) {
    specs.add(spec);
    samples.add(new ArrayList<>());
    shapes.add(new ArrayList<>());
  }

  VersionContent content() {
    return new VersionContent(new Schema(specs), layouts, fragments);
  }

  long samples() {
    return content().samples();
  }

  static CodecChain codecs(DataType type, boolean compressed) {
    return compressed
        ? CodecChain.of(BytesCodec.forType(type), new ZstdCodec(3, false), new Crc32cCodec())
        : CodecChain.of(BytesCodec.forType(type), new Crc32cCodec());
  }

  /// Adds a fragment of random samples.
  void fragment(long rows, Layout layout) {
    String id = "fragment" + fragments.size();
    List<TensorExtent> extents = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      extents.add(
          switch (layout.tensors().get(i)) {
            case TensorLayout.Fixed fixed -> addFixed(id, i, fixed, rows);
            case TensorLayout.Ragged ragged -> addRagged(id, i, ragged, rows, layout);
          });
    }
    layouts.add(layout);
    long first = fragments.stream().mapToLong(FragmentEntry::rows).sum();
    fragments.add(
        new FragmentEntry(
            id,
            layouts.size() - 1,
            rows,
            1000 + first,
            0,
            Digest.ZERO,
            Digest.ZERO,
            extents,
            Optional.empty()));
  }

  private TensorExtent addFixed(String id, int tensor, TensorLayout.Fixed layout, long rows) {
    TensorSpec spec = specs.get(tensor);
    int sampleBytes = Math.toIntExact(spec.sampleShape().bytes(spec.type()));
    byte[] all = smooth(Math.toIntExact(rows * sampleBytes));
    for (int row = 0; row < rows; row++) {
      samples
          .get(tensor)
          .add(java.util.Arrays.copyOfRange(all, row * sampleBytes, (row + 1) * sampleBytes));
      shapes.get(tensor).add(spec.sampleShape());
    }
    write(id, layout.array(), rows, all);
    return new TensorExtent(spec.name(), 0, 0, 0, sampleBytes);
  }

  private TensorExtent addRagged(
      String id, int tensor, TensorLayout.Ragged layout, long rows, Layout whole) {
    TensorSpec spec = specs.get(tensor);
    int rank = spec.sampleShape().rank();
    int valueChunk = Math.toIntExact(layout.values().chunk().dimension(0));
    ByteArrayOutputStream values = new ByteArrayOutputStream();
    byte[] offsetBytes = new byte[Math.toIntExact(rows * 8)];
    byte[] lengthBytes = new byte[Math.toIntExact(rows * rank * 4)];
    ByteBuffer offsets = ByteBuffer.wrap(offsetBytes).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer lengths = ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN);
    long largest = 0;
    int elementBytes = spec.type().byteCount();
    for (int row = 0; row < rows; row++) {
      if (row % whole.groupSamples() == 0) {
        int chunkBytes = valueChunk * elementBytes;
        values.writeBytes(new byte[(chunkBytes - values.size() % chunkBytes) % chunkBytes]);
      }
      long[] shape = spec.sampleShape().toArray();
      for (int axis = 0; axis < rank; axis++) {
        if (shape[axis] == Shape.RAGGED) {
          shape[axis] = random.nextInt(8) == 0 ? 0 : random.nextInt(valueChunk * 2 / rank) + 1;
        }
        lengths.putInt((int) shape[axis]);
      }
      byte[] sample = smooth(Math.toIntExact(Shape.of(shape).elements() * elementBytes));
      offsets.putLong(values.size() / elementBytes);
      values.writeBytes(sample);
      largest = Math.max(largest, sample.length);
      samples.get(tensor).add(sample);
      shapes.get(tensor).add(Shape.of(shape));
    }
    long valueElements = values.size() / elementBytes;
    write(id, layout.values(), valueElements, values.toByteArray());
    write(id, layout.offset(), rows, offsetBytes);
    write(id, layout.shape(), rows, lengthBytes);
    return new TensorExtent(spec.name(), 0, valueElements, 0, largest);
  }

  /// Bytes that compress somewhat.
  private byte[] smooth(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) ((bytes[i] & 0x1f) | (i & 0x60));
    }
    return bytes;
  }

  private void write(String id, ArrayLayout layout, long length, byte[] elements) {
    long[] shape = layout.arrayShape(length).toArray();
    long[] shardGrid = layout.shardGrid(length).toArray();
    forEach(
        shardGrid,
        shard ->
            writeShard(ObjectKeys.shard(id, layout.path(), shard), layout, shape, shard, elements));
  }

  private void writeShard(
      String key, ArrayLayout layout, long[] shape, long[] shard, byte[] elements) {
    long[] chunk = layout.chunk().toArray();
    long[] chunkGrid = layout.chunkGrid().toArray();
    ChunkCodec codec = layout.codecs().bind(layout.type(), layout.chunk());
    ShardIndex.Builder index = ShardIndex.builder(layout.chunksPerShard());
    ByteArrayOutputStream object = new ByteArrayOutputStream();
    int[] number = {0};
    try (Arena arena = Arena.ofConfined();
        CodecContext context = new CodecContext()) {
      MemorySegment decoded = arena.allocate(codec.decodedBytes());
      MemorySegment encoded = arena.allocate(codec.maxEncodedBytes());
      forEach(
          chunkGrid,
          at -> {
            long[] origin = new long[at.length];
            boolean inside = true;
            for (int axis = 0; axis < at.length; axis++) {
              origin[axis] = (shard[axis] * chunkGrid[axis] + at[axis]) * chunk[axis];
              inside &= origin[axis] < shape[axis];
            }
            if (inside) {
              fill(decoded, layout.type().byteCount(), chunk, shape, origin, elements);
              long bytes = codec.encode(decoded, encoded, context);
              index.put(number[0], object.size(), bytes);
              object.writeBytes(encoded.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
            }
            number[0]++;
          });
      MemorySegment tail = arena.allocate(ShardIndexes.indexBytes(layout));
      index.build().encode(ShardingIndexedCodec.defaultIndexCodecs(), tail);
      object.writeBytes(tail.toArray(ValueLayout.JAVA_BYTE));
    }
    store.put(key, MemorySegment.ofArray(object.toByteArray()), PutCondition.CREATE_ONLY);
  }

  /// Element by element, on purpose.
  private static void fill(
      MemorySegment decoded,
      int elementBytes,
      long[] chunk,
      long[] shape,
      long[] origin,
      byte[] elements) {
    decoded.fill((byte) 0);
    long[] element = {0};
    forEach(
        chunk,
        at -> {
          long index = 0;
          boolean inside = true;
          for (int axis = 0; axis < at.length; axis++) {
            index = index * shape[axis] + origin[axis] + at[axis];
            inside &= origin[axis] + at[axis] < shape[axis];
          }
          if (inside) {
            MemorySegment.copy(
                elements,
                Math.toIntExact(index * elementBytes),
                decoded,
                ValueLayout.JAVA_BYTE,
                element[0] * elementBytes,
                elementBytes);
          }
          element[0]++;
        });
  }

  private interface At {
    void at(long[] coordinates);
  }

  /// All coordinates of a grid in C order.
  private static void forEach(long[] grid, At action) {
    long cells = Shape.of(grid).elements();
    for (long cell = 0; cell < cells; cell++) {
      long[] at = new long[grid.length];
      long rest = cell;
      for (int axis = grid.length - 1; axis >= 0; axis--) {
        at[axis] = rest % grid[axis];
        rest /= grid[axis];
      }
      action.at(at);
    }
  }
}
