package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A chain bound to a chunk's type and shape.
final class BoundChain implements ChunkCodec {
  /*
   * A chain becomes a list of stages. A stage is one step that writes its output anew, and the
   * checksums that the chain puts behind that output; those need no step of their own, because the
   * stage's target has room for them. Steps that change nothing (`bytes` in this machine's order)
   * are dropped where another step moves the bytes anyway.
   *
   * So [bytes, zstd, crc32c] is one stage: encoding compresses straight into the caller's target and
   * puts the checksum behind it; decoding checks the source and decompresses straight into the
   * caller's target. Only chains of two stages or more use the context's two scratch buffers, in
   * turns.
   */

  /// Room beyond our own bound, and an eighth of it, for what another writer's codec made.
  private static final long FOREIGN_SLACK_BYTES = 64 << 10;

  private final long decodedBytes;
  private final List<Stage> stages;

  private BoundChain(long decodedBytes, List<Stage> stages) {
    this.decodedBytes = decodedBytes;
    this.stages = List.copyOf(stages);
  }

  static BoundChain of(
      ArraySpec array,
      List<ArrayToArrayCodec> arrayCodecs,
      ElementCodec elements,
      List<BytesToBytesCodec> byteCodecs) {
    StageList list = new StageList(array.bytes());
    ArraySpec at = array;
    for (ArrayToArrayCodec codec : arrayCodecs) {
      list.addArrayStep(codec, at);
      at = codec.encodedArray(at);
    }
    list.addArrayStep(elements, at);
    for (BytesToBytesCodec codec : byteCodecs) {
      switch (codec) {
        case TransformCodec transform -> list.addStep(new TransformStep(transform));
        case ChecksumCodec checksum -> list.addChecksum(checksum);
      }
    }
    return new BoundChain(array.bytes(), list.finish());
  }

  @Override
  public long decodedBytes() {
    return decodedBytes;
  }

  @Override
  public long maxEncodedBytes() {
    return stages.getLast().maxEncodedBytes();
  }

  @Override
  public long scratchBytes() {
    long[] largest = new long[2];
    for (int i = 1; i < stages.size(); i++) {
      largest[i & 1] = Math.max(largest[i & 1], stages.get(i).plainRoom());
    }
    return largest[0] + largest[1];
  }

  @Override
  public long encode(MemorySegment decoded, MemorySegment encoded, CodecContext context) {
    checkDecoded(decoded);
    if (encoded.byteSize() < maxEncodedBytes()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "an encoded chunk may need "
              + maxEncodedBytes()
              + " bytes, the segment has "
              + encoded.byteSize());
    }
    MemorySegment source = decoded;
    int last = stages.size() - 1;
    for (int i = 0; i < last; i++) {
      MemorySegment target = context.scratch((i + 1) & 1, stages.get(i + 1).plainRoom());
      source = target.asSlice(0, stages.get(i).encode(source, target, context));
    }
    return stages.get(last).encode(source, encoded, context);
  }

  @Override
  public void decode(MemorySegment encoded, MemorySegment decoded, CodecContext context) {
    checkDecoded(decoded);
    checkEncoded(encoded);
    MemorySegment source = encoded;
    for (int i = stages.size() - 1; i > 0; i--) {
      MemorySegment target = context.scratch(i & 1, stages.get(i).plainRoom());
      source = target.asSlice(0, stages.get(i).decode(source, target, context));
    }
    stages.getFirst().decode(source, decoded, context);
  }

  @Override
  public boolean verify(MemorySegment encoded) {
    List<ChecksumCodec> checksums = stages.getLast().checksums();
    if (checksums.isEmpty()) {
      return false;
    }
    checkEncoded(encoded);
    checksums.getLast().check(encoded);
    return true;
  }

  private void checkDecoded(MemorySegment decoded) {
    if (decoded.byteSize() != decodedBytes) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "a decoded chunk has " + decodedBytes + " bytes, the segment has " + decoded.byteSize());
    }
  }

  private void checkEncoded(MemorySegment encoded) {
    if (encoded.byteSize() > foreignBound(maxEncodedBytes())) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "an encoded chunk has "
              + encoded.byteSize()
              + " bytes, far more than the "
              + maxEncodedBytes()
              + " that "
              + decodedBytes
              + " decoded bytes can need");
    }
  }

  private static long foreignBound(long ownBound) {
    return ownBound + ownBound / 8 + FOREIGN_SLACK_BYTES;
  }

  /// Collects stages from a chain's codecs.
  private static final class StageList {
    private final List<Stage> stages = new ArrayList<>();
    private final List<ChecksumCodec> checksums = new ArrayList<>();
    private Step step = Copy.COPY;
    private boolean droppable = true;
    private long plainBytes;
    private boolean plainExact = true;

    StageList(long plainBytes) {
      this.plainBytes = plainBytes;
    }

    void addArrayStep(ArrayCodec codec, ArraySpec plain) {
      long encodedBytes = codec.encodedBytes(plain);
      if (!codec.changesNothing(plain)) {
        addStep(new ArrayStep(codec, plain, encodedBytes));
      }
    }

    void addStep(Step next) {
      if (!droppable || !checksums.isEmpty()) {
        close();
      }
      step = next;
      droppable = false;
    }

    void addChecksum(ChecksumCodec codec) {
      checksums.add(codec);
    }

    List<Stage> finish() {
      close();
      return stages;
    }

    private void close() {
      Stage stage = new Stage(step, List.copyOf(checksums), plainBytes, plainExact);
      stages.add(stage);
      plainBytes = stage.maxEncodedBytes();
      plainExact &= step.exact();
      checksums.clear();
      step = Copy.COPY;
      droppable = true;
    }
  }

  /// One step and the checksums behind it.
  ///
  /// @param plainBytes bytes before the step, exact or the most that our own writer makes
  /// @param plainExact which of the two
  private record Stage(
      Step step, List<ChecksumCodec> checksums, long plainBytes, boolean plainExact) {
    long maxEncodedBytes() {
      long bytes = step.maxEncodedBytes(plainBytes);
      for (ChecksumCodec checksum : checksums) {
        bytes += checksum.checksumBytes();
      }
      return bytes;
    }

    long plainRoom() {
      return plainExact ? plainBytes : foreignBound(plainBytes);
    }

    long encode(MemorySegment source, MemorySegment target, CodecContext context) {
      long bytes = step.encode(source, target, context);
      for (ChecksumCodec checksum : checksums) {
        checksum.append(target, bytes);
        bytes += checksum.checksumBytes();
      }
      return bytes;
    }

    long decode(MemorySegment source, MemorySegment target, CodecContext context) {
      MemorySegment payload = source;
      for (ChecksumCodec checksum : checksums.reversed()) {
        payload = checksum.check(payload);
      }
      long bytes = step.decode(payload, target, context);
      if (plainExact && bytes != plainBytes) {
        throw new CorruptDataException(
            ErrorCode.DATA_CORRUPT,
            "codec "
                + step.name()
                + ": "
                + payload.byteSize()
                + " bytes decode into "
                + bytes
                + ", expected "
                + plainBytes);
      }
      return bytes;
    }
  }

  /// A step that writes its output anew.
  private sealed interface Step {
    String name();

    /// Whether the encoded size follows from the plain size alone.
    boolean exact();

    long maxEncodedBytes(long plainBytes);

    long encode(MemorySegment source, MemorySegment target, CodecContext context);

    long decode(MemorySegment source, MemorySegment target, CodecContext context);

    static void checkSize(String name, MemorySegment source, long expectedBytes) {
      if (source.byteSize() != expectedBytes) {
        throw new CorruptDataException(
            ErrorCode.DATA_CORRUPT,
            "codec " + name + ": found " + source.byteSize() + " bytes, expected " + expectedBytes);
      }
    }
  }

  /// Moves the bytes of a chain that changes none.
  private enum Copy implements Step {
    COPY;

    @Override
    public boolean exact() {
      return true;
    }

    @Override
    public long maxEncodedBytes(long plainBytes) {
      return plainBytes;
    }

    @Override
    public long encode(MemorySegment source, MemorySegment target, CodecContext context) {
      target.asSlice(0, source.byteSize()).copyFrom(source);
      return source.byteSize();
    }

    @Override
    public long decode(MemorySegment source, MemorySegment target, CodecContext context) {
      Step.checkSize(BytesCodec.NAME, source, target.byteSize());
      target.copyFrom(source);
      return source.byteSize();
    }
  }

  private record ArrayStep(ArrayCodec codec, ArraySpec plain, long encodedBytes) implements Step {
    @Override
    public String name() {
      return codec.name();
    }

    @Override
    public boolean exact() {
      return true;
    }

    @Override
    public long maxEncodedBytes(long plainBytes) {
      return encodedBytes;
    }

    @Override
    public long encode(MemorySegment source, MemorySegment target, CodecContext context) {
      codec.encode(plain, source, target.asSlice(0, encodedBytes), context);
      return encodedBytes;
    }

    @Override
    public long decode(MemorySegment source, MemorySegment target, CodecContext context) {
      Step.checkSize(codec.name(), source, encodedBytes);
      codec.decode(plain, source, target, context);
      return plain.bytes();
    }
  }

  private record TransformStep(TransformCodec codec) implements Step {
    @Override
    public String name() {
      return codec.name();
    }

    @Override
    public boolean exact() {
      return false;
    }

    @Override
    public long maxEncodedBytes(long plainBytes) {
      return codec.maxEncodedBytes(plainBytes);
    }

    @Override
    public long encode(MemorySegment source, MemorySegment target, CodecContext context) {
      return codec.encode(source, view(target), context);
    }

    @Override
    public long decode(MemorySegment source, MemorySegment target, CodecContext context) {
      if (source.byteSize() > CodecChain.MAX_DECODED_BYTES) {
        throw new CorruptDataException(
            ErrorCode.DATA_CORRUPT,
            "codec "
                + codec.name()
                + ": "
                + source.byteSize()
                + " bytes, the limit is "
                + CodecChain.MAX_DECODED_BYTES);
      }
      return codec.decode(source, view(target), context);
    }

    /// Native libraries take lengths as an int.
    private static MemorySegment view(MemorySegment target) {
      return target.asSlice(0, Math.min(target.byteSize(), CodecChain.MAX_DECODED_BYTES));
    }
  }
}
