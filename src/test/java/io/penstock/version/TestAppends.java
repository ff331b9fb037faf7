package io.penstock.version;

import io.penstock.codec.BytesCodec;
import io.penstock.codec.CodecChain;
import io.penstock.codec.Crc32cCodec;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Schema;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Appends of fragments that exist in metadata only, which is all that the version log looks at.
final class TestAppends {
  static final Schema SCHEMA = schema("x", DataType.INT32);
  static final Layout LAYOUT = layout("x", DataType.INT32, 64);
  static final long ROWS = 10;

  private TestAppends() {}

  static Schema schema(String tensor, DataType type) {
    return new Schema(List.of(TensorSpec.of(tensor, type, Shape.SCALAR)));
  }

  static Layout layout(String tensor, DataType type, long groupSamples) {
    CodecChain codecs = CodecChain.of(List.of(BytesCodec.forType(type), new Crc32cCodec()));
    ArrayLayout array =
        new ArrayLayout(
            tensor,
            type,
            Shape.SCALAR,
            Shape.of(groupSamples),
            Shape.of(16 * groupSamples),
            codecs);
    return new Layout(groupSamples, List.of(new TensorLayout.Fixed(tensor, array)));
  }

  static FragmentEntry entry(String id, String tensor) {
    Digest digest = Digest.sha256(id.getBytes(StandardCharsets.UTF_8));
    TensorExtent extent = new TensorExtent(tensor, 100, 0, 40, 4);
    return new FragmentEntry(
        id, 0, ROWS, 0, 150, digest, digest, List.of(extent), Optional.empty());
  }

  /// Some new fragments of one session.
  static Append of(Session session, int fragments) {
    List<Append.NewFragment> added = new ArrayList<>();
    for (int i = 0; i < fragments; i++) {
      added.add(new Append.NewFragment(LAYOUT, entry(session.newFragmentId(), "x")));
    }
    return Append.of(SCHEMA, added, "adds " + fragments);
  }

  static List<String> ids(Append append) {
    return append.fragments().stream().map(fragment -> fragment.entry().id()).toList();
  }
}
