package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.codec.ChunkCodec;
import io.penstock.codec.CodecContext;
import io.penstock.codec.ShardIndex;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Catalog;
import io.penstock.format.Digest;
import io.penstock.format.Digests;
import io.penstock.format.FragmentMetadata;
import io.penstock.format.ObjectDigest;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Schema;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.store.ObjectInfo;
import io.penstock.store.Store;
import io.penstock.tensor.BoxCopy;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads a written fragment back, slowly and whole, and checks on the way that every object is what
/// entry, catalogs and metadata say.
final class StoredFragment {
  private static final int MOST_BYTES = 1 << 30;

  private final Store store;
  private final Schema schema;
  private final FragmentWriter.Written written;
  private final String id;

  StoredFragment(Store store, Schema schema, FragmentWriter.Written written) {
    this.store = store;
    this.schema = schema;
    this.written = written;
    this.id = written.entry().id();
  }

  /// The bytes of every object below the fragment, by path.
  Map<String, byte[]> objects() {
    Map<String, byte[]> objects = new HashMap<>();
    for (ObjectInfo info : store.list(id + "/", "", 1000).objects()) {
      objects.put(info.key().substring(id.length() + 1), content(info.key()));
    }
    return objects;
  }

  /// Checks what the entry says of the objects, and that the metadata is that of the layout.
  StoredFragment checkEntry() {
    Map<String, byte[]> objects = objects();
    List<ObjectDigest> all = new ArrayList<>();
    List<ObjectDigest> described = new ArrayList<>();
    Map<String, byte[]> metadata = new HashMap<>();
    objects.forEach((path, content) -> {
      all.add(ObjectDigest.of(path, content));
      if (path.endsWith("zarr.json")) {
        described.add(ObjectDigest.of(path, content));
        metadata.put(path, content);
      }
    });
    assertThat(written.entry().digest()).isEqualTo(Digests.fragment(all));
    assertThat(written.entry().metadataDigest()).isEqualTo(Digests.fragment(described));
    assertThat(written.entry().bytes())
        .isEqualTo(all.stream().mapToLong(ObjectDigest::bytes).sum());
    assertThat(FragmentMetadata.decode(id, metadata))
        .isEqualTo(
            FragmentMetadata.of(
                schema, written.layout(), written.entry().rows(), written.entry().extents()));
    return this;
  }

  /// All elements of a tensor of fixed shape.
  byte[] fixed(String tensor) {
    TensorLayout.Fixed layout = (TensorLayout.Fixed) layout(tensor);
    return array(layout.array(), catalog(tensor).arrays().getFirst(), written.entry().rows());
  }

  /// The samples of a ragged tensor, and their shapes.
  Ragged ragged(String tensor) {
    TensorLayout.Ragged layout = (TensorLayout.Ragged) layout(tensor);
    Catalog catalog = catalog(tensor);
    long rows = written.entry().rows();
    long elements = extent(tensor).valueElements();
    byte[] values = array(layout.values(), catalog.arrays().getFirst(), elements);
    byte[] offsets = array(layout.offset(), catalog.arrays().get(1), rows);
    byte[] shapes = array(layout.shape(), catalog.arrays().get(2), rows);
    int elementBytes = layout.values().type().byteCount();
    List<byte[]> samples = new ArrayList<>();
    TensorSpec spec = schema.find(tensor).orElseThrow();
    Rows shaped = new Rows(spec, rows, MemorySegment.NULL, MemorySegment.ofArray(shapes));
    for (long row = 0; row < rows; row++) {
      long at =
          MemorySegment.ofArray(offsets).get(ValueLayout.JAVA_LONG_UNALIGNED, row * Long.BYTES);
      byte[] sample = new byte[Math.toIntExact(shaped.bytes(row))];
      System.arraycopy(values, Math.toIntExact(at * elementBytes), sample, 0, sample.length);
      samples.add(sample);
      checkGroup(layout, catalog, row, at);
    }
    return new Ragged(samples, MemorySegment.ofArray(shapes));
  }

  /// Samples and shapes as they were stored.
  record Ragged(List<byte[]> samples, MemorySegment shapes) {}

  /// The first sample of each group starts on a chunk, the one that the catalog says.
  private void checkGroup(TensorLayout.Ragged layout, Catalog catalog, long row, long offset) {
    long groupSamples = written.layout().groupSamples();
    if (row % groupSamples == 0) {
      long chunk = catalog.groupFirstChunk(row / groupSamples);
      assertThat(offset).isEqualTo(chunk * layout.values().chunk().dimension(0));
    }
  }

  TensorExtent extent(String tensor) {
    return written.entry().extents().stream()
        .filter(extent -> extent.tensor().equals(tensor))
        .findFirst()
        .orElseThrow();
  }

  TensorLayout layout(String tensor) {
    return written.layout().find(tensor).orElseThrow();
  }

  Catalog catalog(String tensor) {
    String key = ObjectKeys.catalog(id, tensor);
    return Catalog.decode(key, content(key), written.layout(), written.entry(), tensor);
  }

  private byte[] content(String key) {
    return store.get(key, MOST_BYTES).orElseThrow(() -> new AssertionError(key)).content();
  }

  /// All elements of an array; chunks that are not stored are zero.
  private byte[] array(ArrayLayout layout, ArrayCatalog catalog, long length) {
    Shape shape = layout.arrayShape(length);
    byte[] array = new byte[Math.toIntExact(shape.bytes(layout.type()))];
    Shape shardGrid = layout.shardGrid(length);
    assertThat(catalog.shards()).hasSize(Math.toIntExact(shardGrid.elements()));
    for (int shard = 0; shard < catalog.shards().size(); shard++) {
      readShard(layout, catalog, shard, position(shardGrid, shard), shape, array);
    }
    return array;
  }

  private void readShard(
      ArrayLayout layout,
      ArrayCatalog catalog,
      int shard,
      long[] coordinates,
      Shape shape,
      byte[] array) {
    byte[] object = content(ObjectKeys.shard(id, layout.path(), coordinates));
    assertThat(object).hasSize(Math.toIntExact(catalog.shards().get(shard).bytes()));
    assertThat(Digest.sha256(object)).isEqualTo(catalog.shards().get(shard).sha256());
    int chunks = layout.chunksPerShard();
    ShardingIndexedCodec sharding =
        new ShardingIndexedCodec(layout.chunk(), layout.codecs(), ArrayPlan.INDEX_CODECS, true);
    int indexBytes = Math.toIntExact(sharding.indexBytes(chunks));
    try (Arena arena = Arena.ofConfined();
        CodecContext context = new CodecContext()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, object);
      ShardIndex index =
          ShardIndex.decode(
              bytes.asSlice(object.length - indexBytes),
              chunks,
              ArrayPlan.INDEX_CODECS,
              object.length);
      ChunkCodec codec = layout.codecs().bind(layout.type(), layout.chunk());
      MemorySegment decoded = arena.allocate(codec.decodedBytes());
      long end = 0;
      for (int chunk = 0; chunk < chunks; chunk++) {
        long number = (long) shard * chunks + chunk;
        assertThat(catalog.length(number))
            .isEqualTo(index.present(chunk) ? index.length(chunk) : 0);
        if (index.present(chunk)) {
          assertThat(index.offset(chunk)).isEqualTo(end).isEqualTo(catalog.offset(number));
          end += index.length(chunk);
          codec.decode(bytes.asSlice(index.offset(chunk), index.length(chunk)), decoded, context);
          place(layout, coordinates, position(layout.chunkGrid(), chunk), decoded, shape, array);
        }
      }
      assertThat(end).isEqualTo(object.length - indexBytes);
    }
  }

  private static long[] position(Shape grid, long number) {
    long[] position = new long[grid.rank()];
    long rest = number;
    for (int axis = grid.rank() - 1; axis >= 0; axis--) {
      position[axis] = rest % grid.dimension(axis);
      rest /= grid.dimension(axis);
    }
    return position;
  }

  private static void place(
      ArrayLayout layout,
      long[] shard,
      long[] chunk,
      MemorySegment decoded,
      Shape shape,
      byte[] array) {
    int rank = shape.rank();
    long[] origin = new long[rank];
    long[] box = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      origin[axis] =
          shard[axis] * layout.shard().dimension(axis)
              + chunk[axis] * layout.chunk().dimension(axis);
      box[axis] = Math.min(layout.chunk().dimension(axis), shape.dimension(axis) - origin[axis]);
      assertThat(box[axis]).as("a chunk is stored only in bounds").isPositive();
    }
    BoxCopy.copy(
        new BoxCopy.Side(decoded, layout.chunk(), Shape.of(new long[rank])),
        new BoxCopy.Side(MemorySegment.ofArray(array), shape, Shape.of(origin)),
        Shape.of(box),
        layout.type().byteCount());
  }
}
