package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.codec.BytesCodec.Endian;
import io.penstock.error.CorruptDataException;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What every chain of codecs promises, whatever it consists of. A new codec is added to `chains`.
class CodecContractTest {
  private static final Shape CHUNK = Shape.of(5, 7, 3);
  private static final int GUARD_BYTES = 64;
  private static final long SEED = 20_260_101;

  private final CodecContext context = new CodecContext();

  @AfterEach
  void close() {
    context.close();
  }

  static List<CodecChain> chains() {
    Codec little = new BytesCodec(Endian.LITTLE);
    Codec big = new BytesCodec(Endian.BIG);
    Codec crc = new Crc32cCodec();
    Codec turn = new TransposeCodec(List.of(2, 0, 1));
    Codec mirror = new TransposeCodec(List.of(2, 1, 0));
    return List.of(
        CodecChain.of(little),
        CodecChain.of(big),
        CodecChain.of(little, crc),
        CodecChain.of(big, crc, crc),
        CodecChain.of(little, new ZstdCodec(3, false), crc),
        CodecChain.of(big, new ZstdCodec(-5, true), crc),
        CodecChain.of(little, new ZstdCodec(19, true)),
        CodecChain.of(little, new GzipCodec(6)),
        CodecChain.of(big, new GzipCodec(0), crc),
        CodecChain.of(turn, little),
        CodecChain.of(turn, mirror, big),
        CodecChain.of(mirror, little, new ZstdCodec(3, false), crc),
        CodecChain.of(turn, big, new GzipCodec(9), crc),
        CodecChain.of(little, new ZstdCodec(1, false), new GzipCodec(1)),
        CodecChain.of(turn, big, crc, new GzipCodec(1), crc, new ZstdCodec(3, true), crc));
  }

  static Stream<Arguments> chainsAndTypes() {
    return chains().stream()
        .flatMap(chain -> Stream.of(DataType.values()).map(type -> Arguments.of(chain, type)));
  }

  @ParameterizedTest
  @MethodSource("chainsAndTypes")
  void givesBackWhatWasWritten_whateverTheTypeAndContent(CodecChain chain, DataType type) {
    ChunkCodec codec = chain.bind(type, CHUNK);
    for (MemorySegment plain : contents(codec.decodedBytes())) {
      byte[] before = Segments.bytes(plain);
      MemorySegment encoded = encode(codec, plain);

      assertThat(decode(codec, encoded).mismatch(plain)).isEqualTo(-1);
      assertThat(Segments.bytes(plain)).as("the source is not changed").isEqualTo(before);
    }
    assertThat(context.scratchBytes()).isLessThanOrEqualTo(codec.scratchBytes());
  }

  @ParameterizedTest
  @MethodSource("chainsAndTypes")
  void writesTheSameBytes_whenTheContextIsUsedOrFresh(CodecChain chain, DataType type) {
    ChunkCodec codec = chain.bind(type, CHUNK);
    MemorySegment plain = Segments.compressible(codec.decodedBytes(), SEED);
    MemorySegment first = encode(codec, plain);
    encode(codec, Segments.random(codec.decodedBytes(), SEED));

    assertThat(encode(codec, plain).mismatch(first)).isEqualTo(-1);
    try (CodecContext fresh = new CodecContext()) {
      MemorySegment target = Segments.poisoned(codec.maxEncodedBytes());
      long bytes = codec.encode(plain, target, fresh);
      assertThat(target.asSlice(0, bytes).mismatch(first)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @MethodSource("chains")
  void survivesMetadata_whenItIsWrittenAndRead(CodecChain chain) {
    assertThat(Codecs.standard().chain(chain.metadata(), DataType.COMPLEX64, CHUNK))
        .isEqualTo(chain);
  }

  @ParameterizedTest
  @MethodSource("chains")
  void refusesBytes_whenTheyEndEarly(CodecChain chain) {
    ChunkCodec codec = chain.bind(DataType.INT16, CHUNK);
    MemorySegment encoded = encode(codec, Segments.compressible(codec.decodedBytes(), SEED));

    for (long bytes = 0; bytes < encoded.byteSize(); bytes++) {
      MemorySegment cut = encoded.asSlice(0, bytes);
      assertThatThrownBy(() -> decode(codec, cut))
          .as("cut to %d of %d bytes", bytes, encoded.byteSize())
          .isInstanceOf(CorruptDataException.class)
          .hasMessageStartingWith("codec ");
    }
  }

  @ParameterizedTest
  @MethodSource("chains")
  void refusesBytes_whenThereAreTooMany(CodecChain chain) {
    ChunkCodec codec = chain.bind(DataType.INT16, CHUNK);
    MemorySegment encoded = encode(codec, Segments.compressible(codec.decodedBytes(), SEED));

    for (long more : new long[] {1, 2, 4, 8, 100, 10_000, 1_000_000}) {
      for (int filler : new int[] {0, 0x28, 0xFF}) {
        MemorySegment longer = Arena.ofAuto().allocate(encoded.byteSize() + more);
        longer.fill((byte) filler).asSlice(0, encoded.byteSize()).copyFrom(encoded);
        assertThatThrownBy(() -> decode(codec, longer))
            .as("%d bytes of %d behind the end", more, filler)
            .isInstanceOf(CorruptDataException.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("chains")
  void findsEveryFlippedBit_whenTheChainHasAChecksum(CodecChain chain) {
    ChunkCodec codec = chain.bind(DataType.UINT16, CHUNK);
    MemorySegment plain = Segments.compressible(codec.decodedBytes(), SEED);
    MemorySegment encoded = encode(codec, plain);
    boolean checked = codec.verify(encoded);
    assertThat(checked).isEqualTo(chain.codecs().getLast() instanceof ChecksumCodec);

    for (long bit = 0; bit < 8 * encoded.byteSize(); bit++) {
      Segments.flipBit(encoded, bit);
      Throwable failure = catchThrowable(() -> decode(codec, encoded));
      if (checked) {
        assertThat(failure).as("bit %d", bit).isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> codec.verify(encoded)).isInstanceOf(CorruptDataException.class);
      } else if (failure != null) {
        assertThat(failure).as("bit %d", bit).isInstanceOf(CorruptDataException.class);
      }
      Segments.flipBit(encoded, bit);
    }
    assertThat(decode(codec, encoded).mismatch(plain)).isEqualTo(-1);
  }

  @ParameterizedTest
  @MethodSource("chains")
  void givesAValueOrATypedError_whateverTheBytesAre(CodecChain chain) {
    ChunkCodec codec = chain.bind(DataType.FLOAT32, CHUNK);
    MemorySegment encoded = encode(codec, Segments.compressible(codec.decodedBytes(), SEED));
    Random random = new Random(SEED);

    for (int round = 0; round < 300; round++) {
      MemorySegment damaged = Segments.of(Segments.bytes(encoded));
      for (int i = 1 + random.nextInt(8); i > 0; i--) {
        Segments.flipBit(damaged, random.nextLong(8 * damaged.byteSize()));
      }
      Throwable failure = catchThrowable(() -> decode(codec, damaged));
      if (failure != null) {
        assertThat(failure)
            .as("seed %d, round %d", SEED, round)
            .isInstanceOf(CorruptDataException.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("chains")
  void fillsWhatItDecodes_whenTheTargetWasUsedBefore(CodecChain chain) {
    ChunkCodec codec = chain.bind(DataType.UINT8, CHUNK);
    MemorySegment encoded = encode(codec, Segments.compressible(codec.decodedBytes(), SEED));
    MemorySegment zeros = Arena.ofAuto().allocate(codec.decodedBytes());
    MemorySegment used = Segments.poisoned(codec.decodedBytes());
    codec.decode(encoded, zeros, context);
    codec.decode(encoded, used, context);

    assertThat(zeros.mismatch(used)).isEqualTo(-1);
  }

  @ParameterizedTest
  @MethodSource("chains")
  void refusesSegments_whenTheirSizesDoNotFit(CodecChain chain) {
    ChunkCodec codec = chain.bind(DataType.INT64, CHUNK);
    MemorySegment plain = Segments.poisoned(codec.decodedBytes());
    MemorySegment room = Segments.poisoned(codec.maxEncodedBytes());

    assertThatThrownBy(() -> codec.encode(plain.asSlice(1), room, context))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> codec.encode(plain, room.asSlice(1), context))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> codec.decode(room, plain.asSlice(1), context))
        .isInstanceOf(RefusedException.class);
  }

  @ParameterizedTest
  @MethodSource("chains")
  void worksOnScalarsAndSingleElements(CodecChain chain) {
    List<Codec> flat =
        chain.codecs().stream().filter(codec -> !(codec instanceof ArrayToArrayCodec)).toList();
    ChunkCodec scalar = CodecChain.of(flat).bind(DataType.INT32, Shape.SCALAR);
    ChunkCodec single = chain.bind(DataType.INT32, Shape.of(1, 1, 1));
    MemorySegment plain = Segments.hex("01020304");

    assertThat(decode(scalar, encode(scalar, plain)).mismatch(plain)).isEqualTo(-1);
    assertThat(decode(single, encode(single, plain)).mismatch(plain)).isEqualTo(-1);
  }

  /// Contents of every kind: all the same, compressible, and such that do not shrink.
  private static List<MemorySegment> contents(long bytes) {
    List<MemorySegment> contents = new ArrayList<>();
    contents.add(Arena.ofAuto().allocate(bytes));
    contents.add(Arena.ofAuto().allocate(bytes).fill((byte) 0xFF));
    contents.add(Segments.compressible(bytes, SEED));
    contents.add(Segments.random(bytes, SEED));
    return contents;
  }

  private MemorySegment encode(ChunkCodec codec, MemorySegment plain) {
    MemorySegment guarded = Segments.poisoned(codec.maxEncodedBytes() + GUARD_BYTES);
    long bytes = codec.encode(plain, guarded.asSlice(0, codec.maxEncodedBytes()), context);

    assertThat(bytes).isBetween(1L, codec.maxEncodedBytes());
    assertGuardUntouched(guarded, codec.maxEncodedBytes());
    return guarded.asSlice(0, bytes);
  }

  private MemorySegment decode(ChunkCodec codec, MemorySegment encoded) {
    MemorySegment guarded = Segments.poisoned(codec.decodedBytes() + GUARD_BYTES);
    MemorySegment decoded = guarded.asSlice(0, codec.decodedBytes());
    try {
      codec.decode(encoded, decoded, context);
    } finally {
      assertGuardUntouched(guarded, codec.decodedBytes());
    }
    return decoded;
  }

  private static void assertGuardUntouched(MemorySegment guarded, long from) {
    assertThat(Segments.toHex(guarded.asSlice(from))).isEqualTo("ee".repeat(GUARD_BYTES));
  }
}
