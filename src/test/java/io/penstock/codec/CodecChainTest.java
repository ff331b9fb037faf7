package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class CodecChainTest {
  @Test
  void usesNoScratch_whenOneStepMovesTheBytes() {
    ChunkCodec codec =
        CodecChain.of(
                BytesCodec.forType(DataType.FLOAT32), new ZstdCodec(3, false), new Crc32cCodec())
            .bind(DataType.FLOAT32, Shape.of(10, 100));
    MemorySegment plain = Segments.compressible(4000, 1);
    MemorySegment encoded = Segments.poisoned(codec.maxEncodedBytes());
    MemorySegment decoded = Segments.poisoned(4000);
    try (CodecContext context = new CodecContext()) {
      long bytes = codec.encode(plain, encoded, context);
      assertThat(bytes).isLessThan(4000);
      assertThat(codec.verify(encoded.asSlice(0, bytes))).isTrue();
      codec.decode(encoded.asSlice(0, bytes), decoded, context);

      assertThat(decoded.mismatch(plain)).isEqualTo(-1);
      assertThat(context.scratchBytes()).isZero();
      assertThat(codec.scratchBytes()).isZero();
    }
  }
}
