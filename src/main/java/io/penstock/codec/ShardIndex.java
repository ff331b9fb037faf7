package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The index of a shard: offset and length of each inner chunk, in C order of the grid, or missing.
/// Immutable, thread-safe. Source: Zarr v3 `sharding_indexed` 1.0.
public final class ShardIndex {
  /*
   * Encoded, an index is the array uint64 [chunks, 2] of (offset, length), run through the index
   * codecs; both 2^64−1 stand for a missing chunk. Decoded it is the same array of signed longs,
   * where the missing mark is -1 and every other value is checked to lie within the object.
   */
  private static final long MISSING = -1;

  private final long[] entries;

  private ShardIndex(long[] entries) {
    this.entries = entries;
  }

  /// Inner chunks of the full grid.
  public int chunks() {
    return entries.length / 2;
  }

  /// How many chunks are stored.
  public int presentChunks() {
    int present = 0;
    for (int chunk = 0; chunk < chunks(); chunk++) {
      present += present(chunk) ? 1 : 0;
    }
    return present;
  }

  /// Whether the chunk is stored.
  public boolean present(int chunk) {
    return entries[2 * chunk] != MISSING;
  }

  /// Where the chunk begins, counted from the start of the object.
  ///
  /// @throws IllegalStateException if it is not stored
  public long offset(int chunk) {
    return stored(chunk, entries[2 * chunk]);
  }

  /// Stored bytes of the chunk.
  ///
  /// @throws IllegalStateException if it is not stored
  public long length(int chunk) {
    return stored(chunk, entries[2 * chunk + 1]);
  }

  /// Decodes and checks an index.
  ///
  /// @param encoded exactly [ShardingIndexedCodec]'s index bytes for `chunks`; borrowed for the
  ///   call
  /// @param objectBytes length of the whole object: entries beyond it are corrupt
  /// @throws CorruptDataException if the length or the checksum is wrong, only one half of an entry
  ///   says that the chunk is missing, or an entry reaches beyond the object
  public static ShardIndex decode(
      MemorySegment encoded, int chunks, CodecChain indexCodecs, long objectBytes) {
    ChunkCodec codec = bind(indexCodecs, chunks);
    if (encoded.byteSize() != codec.maxEncodedBytes()) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "shard index of "
              + chunks
              + " chunks has "
              + encoded.byteSize()
              + " bytes, expected "
              + codec.maxEncodedBytes());
    }
    long[] entries = new long[2 * chunks];
    try (CodecContext context = new CodecContext()) {
      codec.decode(encoded, MemorySegment.ofArray(entries), context);
    }
    for (int chunk = 0; chunk < chunks; chunk++) {
      check(chunk, entries[2 * chunk], entries[2 * chunk + 1], objectBytes);
    }
    return new ShardIndex(entries);
  }

  /// Encodes this index into the start of `target`, borrowed for the call.
  ///
  /// @param target at least [ShardingIndexedCodec]'s index bytes
  /// @return bytes written
  public long encode(CodecChain indexCodecs, MemorySegment target) {
    try (CodecContext context = new CodecContext()) {
      return bind(indexCodecs, chunks()).encode(MemorySegment.ofArray(entries), target, context);
    }
  }

  /// An index of so many chunks in the making, all of them missing at first.
  public static Builder builder(int chunks) {
    return new Builder(chunks);
  }

  static ChunkCodec bind(CodecChain indexCodecs, int chunks) {
    return indexCodecs.bind(DataType.UINT64, Shape.of(chunks, 2));
  }

  private long stored(int chunk, long value) {
    if (!present(chunk)) {
      throw new IllegalStateException("chunk " + chunk + " of the shard is not stored");
    }
    return value;
  }

  private static void check(int chunk, long offset, long length, long objectBytes) {
    if (offset == MISSING && length == MISSING) {
      return;
    }
    // Unsigned values above 2^63 are negative here; neither they nor their sum may pass.
    if (offset < 0 || length < 0 || offset > objectBytes || length > objectBytes - offset) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "shard index entry "
              + chunk
              + " has offset "
              + Long.toUnsignedString(offset)
              + " and length "
              + Long.toUnsignedString(length)
              + ", the object has "
              + objectBytes
              + " bytes");
    }
  }

  /// An index in the making. Confined to one thread at a time.
  public static final class Builder {
    private final long[] entries;

    private Builder(int chunks) {
      if (chunks < 1) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "a shard index of " + chunks + " chunks");
      }
      entries = new long[Math.multiplyExact(2, chunks)];
      Arrays.fill(entries, MISSING);
    }

    /// Says where a chunk lies.
    ///
    /// @param offset counted from the start of the object, also where the index comes first
    /// @param length bytes of the encoded chunk
    public Builder put(int chunk, long offset, long length) {
      if (offset < 0 || length < 0) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "chunk " + chunk + " cannot lie at offset " + offset + " with length " + length);
      }
      entries[2 * chunk] = offset;
      entries[2 * chunk + 1] = length;
      return this;
    }

    /// The index as it stands now; the builder can go on.
    public ShardIndex build() {
      return new ShardIndex(entries.clone());
    }
  }
}
