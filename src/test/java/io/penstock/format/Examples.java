package io.penstock.format;

import io.penstock.codec.BytesCodec;
import io.penstock.codec.CodecChain;
import io.penstock.codec.Crc32cCodec;
import io.penstock.codec.ZstdCodec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Small records of every kind, which the golden vectors spell out.
final class Examples {
  static final String SESSION = "0123456789abcdefghjkmnpqrs";
  static final String FRAGMENT = SESSION + "-0";
  static final Instant TIME = Instant.parse("2026-01-31T23:59:59.999Z");
  static final Digest START =
      Digest.sha256("start".getBytes(java.nio.charset.StandardCharsets.UTF_8));

  private Examples() {}

  static final Schema SCHEMA =
      new Schema(
          List.of(
              new TensorSpec(
                  "image",
                  DataType.UINT8,
                  Shape.of(28, 28),
                  List.of("y", "x"),
                  Optional.empty(),
                  Optional.of("grey levels")),
              TensorSpec.of("label", DataType.INT64, Shape.SCALAR),
              new TensorSpec(
                  "text",
                  DataType.UINT8,
                  Shape.of(Shape.RAGGED),
                  List.of(),
                  Optional.of("text/plain; charset=utf-8"),
                  Optional.empty())));

  static CodecChain zstd(DataType type) {
    return CodecChain.of(
        List.of(BytesCodec.forType(type), new ZstdCodec(3, false), new Crc32cCodec()));
  }

  static CodecChain plain(DataType type) {
    return CodecChain.of(List.of(BytesCodec.forType(type), new Crc32cCodec()));
  }

  static ArrayLayout array(String path, DataType type, Shape innerShape, Shape chunk, Shape shard) {
    return new ArrayLayout(path, type, innerShape, chunk, shard, zstd(type));
  }

  static final Layout LAYOUT =
      new Layout(
          64,
          List.of(
              new TensorLayout.Fixed(
                  "image",
                  array(
                      "image",
                      DataType.UINT8,
                      Shape.of(28, 28),
                      Shape.of(64, 28, 28),
                      Shape.of(256, 28, 28))),
              new TensorLayout.Fixed(
                  "label",
                  array("label", DataType.INT64, Shape.SCALAR, Shape.of(128), Shape.of(256))),
              new TensorLayout.Ragged(
                  "text",
                  array(
                      "text/values", DataType.UINT8, Shape.SCALAR, Shape.of(1024), Shape.of(4096)),
                  array("text/offset", DataType.INT64, Shape.SCALAR, Shape.of(64), Shape.of(256)),
                  array(
                      "text/shape",
                      DataType.INT32,
                      Shape.of(1),
                      Shape.of(64, 1),
                      Shape.of(256, 1)))));

  static final FragmentEntry ENTRY =
      new FragmentEntry(
          FRAGMENT,
          0,
          100,
          1000,
          50_000,
          Digest.sha256(new byte[] {1}),
          Digest.sha256(new byte[] {2}),
          List.of(
              new TensorExtent("image", 45_000, 0, 50_176, 784),
              new TensorExtent("label", 500, 0, 512, 8),
              new TensorExtent("text", 4_500, 6_000, 3_000, 200)),
          Optional.of(new WriteShuffle("tumbling", -7_046_029_254_386_353_131L, 4096, 1 << 20)));

  static final PageRef PAGE =
      new PageRef(SESSION + "-p0", 0, 2, 1000, 500_000, Digest.sha256(new byte[] {3}));

  static final VersionRecord VERSION =
      new VersionRecord(
          List.of(),
          "main",
          0,
          12,
          Optional.of(new VersionLink("main", 0, 11, START)),
          "00112233445566778899aabbccddeeff",
          TIME,
          "Ada",
          "Möre \"samples\"\n",
          Map.of("b", "2", "a", "1"),
          Optional.of(new Provenance(List.of("s3://in/put"), "convert", "f00d")),
          Operation.APPEND,
          Optional.empty(),
          SCHEMA,
          1100,
          1100,
          List.of(LAYOUT),
          List.of(PAGE),
          List.of(ENTRY),
          Digest.sha256(new byte[] {4}),
          Digest.sha256(new byte[] {5}));

  static final VersionRecord FIRST =
      new VersionRecord(
          List.of(),
          "main",
          0,
          0,
          Optional.empty(),
          "00112233445566778899aabbccddeeff",
          TIME,
          "",
          "",
          Map.of(),
          Optional.empty(),
          Operation.CREATE,
          Optional.empty(),
          Schema.EMPTY,
          0,
          0,
          List.of(),
          List.of(),
          List.of(),
          Digest.ZERO,
          Digests.content(Schema.EMPTY, Digest.ZERO));

  static final RefRecord BRANCH =
      new RefRecord(
          "try.1",
          2,
          TIME,
          new RefRecord.Branch(Optional.of(new VersionLink("main", 0, 12, START))));

  static final RefRecord TAG =
      new RefRecord("gold", 0, TIME, new RefRecord.Tag(new VersionLink("main", 0, 12, START)));

  static final SessionRecord SESSION_RECORD =
      new SessionRecord(SESSION, "main", 0, 11, TIME, TIME.plusMillis(1));

  static final RootRecord ROOT = new RootRecord(1, "ffeeddccbbaa99887766554433221100", TIME);
}
