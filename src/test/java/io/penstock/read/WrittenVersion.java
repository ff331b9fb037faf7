package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.Batch;
import io.penstock.load.LoaderOptions;
import io.penstock.load.SampleOrder;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.write.FragmentWriter;
import io.penstock.write.FragmentWriter.Column;
import io.penstock.write.WriteOptions;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.LongStream;

/// A version of `image` uint8, scalar `label` int64 and ragged `text`, written as writers write,
/// and all of its samples to compare with.
final class WrittenVersion {
  static final List<String> TENSORS = List.of("image", "label", "text");

  private final Schema schema;
  private final int imageBytes;
  private final int mostTextBytes;
  private final List<byte[]> images = new ArrayList<>();
  private final List<byte[]> texts = new ArrayList<>();
  private final List<FragmentEntry> entries = new ArrayList<>();
  private final List<Layout> layouts = new ArrayList<>();

  WrittenVersion(Shape image, int mostTextBytes) {
    this.schema =
        new Schema(
            List.of(
                TensorSpec.of("image", DataType.UINT8, image),
                TensorSpec.of("label", DataType.INT64, Shape.SCALAR),
                TensorSpec.of("text", DataType.UINT8, Shape.of(-1))));
    this.imageBytes = (int) image.elements();
    this.mostTextBytes = mostTextBytes;
  }

  /// Adds a fragment of random samples.
  ///
  /// @param groupSamples rows in a group
  void fragment(Store store, Random random, int rows, int groupSamples, String codec) {
    fragment(store, random, rows, groupSamples, codec, 4 << 20);
  }

  /// The same with shards of another size.
  void fragment(
      Store store, Random random, int rows, int groupSamples, String codec, long shardBytes) {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    ByteArrayOutputStream label = new ByteArrayOutputStream();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int[] lengths = new int[rows];
    for (int row = 0; row < rows; row++) {
      byte[] pixels = sample(random, imageBytes);
      byte[] words = sample(random, random.nextInt(4) == 0 ? 0 : random.nextInt(mostTextBytes + 1));
      lengths[row] = words.length;
      images.add(pixels);
      texts.add(words);
      image.writeBytes(pixels);
      label.writeBytes(labelBytes(images.size() - 1));
      text.writeBytes(words);
    }
    WriteOptions options =
        new WriteOptions(
            OptionalLong.of(groupSamples), 64 << 10, shardBytes, codec, Optional.empty());
    String id = "fragment" + entries.size();
    try (BufferPool pool = BufferPool.create(64 << 20);
        CodecThreads threads = new CodecThreads(1);
        Arena arena = Arena.ofShared();
        FragmentWriter writer =
            new FragmentWriter(
                store, id, schema, options, new FragmentWriter.Parts(pool, threads))) {
      writer.append(
          rows,
          List.of(
              new Column.Fixed(nativeCopy(arena, image)),
              new Column.Fixed(nativeCopy(arena, label)),
              new Column.Ragged(
                  nativeCopy(arena, text), arena.allocateFrom(ValueLayout.JAVA_INT, lengths))));
      FragmentWriter.Written written = writer.finish();
      layouts.add(written.layout());
      entries.add(written.entry().placed(layouts.size() - 1, images.size() - rows));
    }
  }

  /// Random bytes, and between them always the same one, so that codecs find something to do.
  private static byte[] sample(Random random, int bytes) {
    byte[] sample = new byte[bytes];
    random.nextBytes(sample);
    for (int i = 0; i < bytes; i += 2) {
      sample[i] = 3;
    }
    return sample;
  }

  private static MemorySegment nativeCopy(Arena arena, ByteArrayOutputStream bytes) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes.toByteArray());
  }

  private static byte[] labelBytes(long row) {
    long label = row * 1_000_003;
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (label >>> (8 * i));
    }
    return bytes;
  }

  VersionContent content() {
    return new VersionContent(schema, layouts, entries);
  }

  int samples() {
    return images.size();
  }

  /// The rows of a rank's part of a batch, by the order's own word.
  static long[] rows(SampleOrder order, long index, LoaderOptions options) {
    long from = index * options.batchSize();
    return LongStream.range(from, Math.min(order.samples(), from + options.batchSize()))
        .filter(at -> order.rank(at, options.share().worldSize()) == options.share().rank())
        .map(order::row)
        .toArray();
  }

  /// Compares a batch with its samples, byte for byte.
  void check(Batch batch, long[] rows) {
    assertThat(batch.sampleIds()).isEqualTo(rows);
    for (String tensor : batch.tensors()) {
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      for (long row : rows) {
        expected.writeBytes(sample(tensor, row));
      }
      byte[] found = batch.tensor(tensor).segment().toArray(ValueLayout.JAVA_BYTE);
      if (!java.util.Arrays.equals(found, expected.toByteArray())) {
        assertThat(found).as(tensor).isEqualTo(expected.toByteArray());
      }
    }
  }

  /// The bytes of one sample.
  byte[] sample(String tensor, long row) {
    return switch (tensor) {
      case "image" -> images.get((int) row);
      case "label" -> labelBytes(row);
      case "text" -> texts.get((int) row);
      default -> throw new AssertionError(tensor);
    };
  }
}
