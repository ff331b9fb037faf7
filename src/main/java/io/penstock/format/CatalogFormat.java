package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// The bytes of a catalog. Integers are little-endian; every crc is the CRC-32C of what it follows.
///
/// ```
/// catalog   = magic bytes:u32 directory crc:u32 block*      bytes: of the directory; the crc covers all before it
/// magic     = "PENSCAT1"
/// directory = arrays:u32 groups:u64 (chunks:u64 chunksPerShard:u32)[arrays] bytes:u32[blocks]
/// blocks    = for each array its length blocks, then its shard blocks; then the group blocks
/// block     = payload crc:u32                               bytes in the directory count both
/// lengths   = zstd frame of u32[n] in byte planes           n = 16,384 chunks, fewer in the last
/// shards    = (bytes:u64 sha256)[n]                         n = 1,024 shards, fewer in the last
/// groups    = first:u64 (zstd frame of u32[n-1] in byte planes)?   n = 16,384 groups; differences
/// ```
///
/// Byte planes: the least significant bytes of all numbers, then the next, and so on. The directory
/// and one block are enough to read a part of a catalog.
final class CatalogFormat {
  static final int CHUNKS_PER_BLOCK = 16_384;
  static final int SHARDS_PER_BLOCK = 1_024;
  static final int GROUPS_PER_BLOCK = 16_384;

  /// The most chunks of an array, or groups, that are held in memory: 256 MiB of lengths.
  static final long MAX_IN_MEMORY = 1L << 26;

  private static final byte[] MAGIC = "PENSCAT1".getBytes(StandardCharsets.US_ASCII);
  private static final int SHARD_BYTES = Long.BYTES + Digest.BYTES;
  private static final int CRC_BYTES = Integer.BYTES;
  private static final int INDEX_ENTRY_BYTES = 16;

  private CatalogFormat() {}

  static byte[] encode(Catalog catalog) {
    List<byte[]> blocks = new ArrayList<>();
    try (NumberBlocks numbers = new NumberBlocks()) {
      for (ArrayCatalog array : catalog.arrays()) {
        addLengths(array, numbers, blocks);
        addShards(array.shards(), blocks);
      }
      addGroups(catalog, numbers, blocks);
    }
    int directoryBytes =
        Integer.BYTES
            + Long.BYTES
            + catalog.arrays().size() * (Long.BYTES + Integer.BYTES)
            + blocks.size() * Integer.BYTES;
    byte[] headBytes = new byte[MAGIC.length + Integer.BYTES + directoryBytes + CRC_BYTES];
    ByteBuffer head = littleEndian(headBytes);
    head.put(MAGIC).putInt(directoryBytes);
    head.putInt(catalog.arrays().size()).putLong(catalog.groups());
    for (ArrayCatalog array : catalog.arrays()) {
      head.putLong(array.chunks()).putInt(array.chunksPerShard());
    }
    blocks.forEach(block -> head.putInt(block.length));
    head.putInt(crc(headBytes, 0, head.position()));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(headBytes);
    blocks.forEach(bytes::writeBytes);
    return bytes.toByteArray();
  }

  private static void addLengths(ArrayCatalog array, NumberBlocks numbers, List<byte[]> blocks) {
    for (long from = 0; from < array.chunks(); from += CHUNKS_PER_BLOCK) {
      int[] lengths = new int[(int) Math.min(CHUNKS_PER_BLOCK, array.chunks() - from)];
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = array.length(from + i);
      }
      blocks.add(sealed(numbers.encode(lengths)));
    }
  }

  private static void addShards(List<ArrayCatalog.Shard> shards, List<byte[]> blocks) {
    for (int from = 0; from < shards.size(); from += SHARDS_PER_BLOCK) {
      int end = Math.min(from + SHARDS_PER_BLOCK, shards.size());
      byte[] block = new byte[(end - from) * SHARD_BYTES];
      ByteBuffer payload = littleEndian(block);
      for (ArrayCatalog.Shard shard : shards.subList(from, end)) {
        payload.putLong(shard.bytes()).put(shard.sha256().bytes());
      }
      blocks.add(sealed(block));
    }
  }

  private static void addGroups(Catalog catalog, NumberBlocks numbers, List<byte[]> blocks) {
    for (long from = 0; from < catalog.groups(); from += GROUPS_PER_BLOCK) {
      int[] steps = new int[(int) Math.min(GROUPS_PER_BLOCK, catalog.groups() - from) - 1];
      for (int i = 0; i < steps.length; i++) {
        long at = from + i + 1;
        long step = catalog.groupFirstChunk(at) - catalog.groupFirstChunk(at - 1);
        steps[i] = checkedStep(at, step);
      }
      byte[] rest = steps.length == 0 ? new byte[0] : numbers.encode(steps);
      byte[] block = new byte[Long.BYTES + rest.length];
      littleEndian(block).putLong(catalog.groupFirstChunk(from)).put(rest);
      blocks.add(sealed(block));
    }
  }

  private static int checkedStep(long group, long step) {
    if (step < 0 || step > Integer.MAX_VALUE) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "group " + group + " begins " + step + " chunks behind the one before it");
    }
    return (int) step;
  }

  private static byte[] sealed(byte[] payload) {
    byte[] block = new byte[payload.length + CRC_BYTES];
    littleEndian(block).put(payload).putInt(crc(payload, 0, payload.length));
    return block;
  }

  static int crc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// The chunks of one array that a catalog must have.
  ///
  /// @param chunks of all full grids
  record Expected(long chunks, int chunksPerShard) {
    static Expected of(ArrayLayout array, long length) {
      int perShard = array.chunksPerShard();
      long shards = array.shardGrid(length).elements();
      long chunks = shards > MAX_IN_MEMORY ? Long.MAX_VALUE : shards * perShard;
      return new Expected(chunks, perShard);
    }

    long shards() {
      return chunks / chunksPerShard;
    }
  }

  /// Reads a catalog whose grids are known.
  static Catalog decode(String key, byte[] bytes, List<Expected> expected, long groups) {
    try (NumberBlocks numbers = new NumberBlocks()) {
      return new Parser(key, bytes, numbers).catalog(expected, groups);
    }
  }

  /// Reads from front to back. Nothing is allocated before the directory has been found whole and
  /// in agreement with what the layout says.
  private static final class Parser {
    private final String key;
    private final byte[] bytes;
    private final ByteBuffer in;
    private final NumberBlocks numbers;

    Parser(String key, byte[] bytes, NumberBlocks numbers) {
      this.key = key;
      this.bytes = bytes;
      this.in = littleEndian(bytes);
      this.numbers = numbers;
    }

    Catalog catalog(List<Expected> expected, long groups) {
      for (Expected array : expected) {
        limit("chunks", array.chunks());
      }
      limit("groups", groups);
      ByteBuffer blockBytes = directory(expected, groups);
      List<ArrayCatalog> arrays = new ArrayList<>();
      for (Expected array : expected) {
        int[] lengths = lengths(array, blockBytes);
        arrays.add(new ArrayCatalog(lengths, array.chunksPerShard(), shards(array, blockBytes)));
      }
      Optional<long[]> firsts =
          expected.size() == 1 ? Optional.empty() : Optional.of(groups(groups, blockBytes));
      for (ArrayCatalog array : arrays) {
        checkShards(array);
      }
      firsts.ifPresent(chunks -> checkGroups(chunks, arrays.getFirst().chunks()));
      return new Catalog(arrays, firsts);
    }

    private void limit(String what, long number) {
      if (number > MAX_IN_MEMORY) {
        throw new RefusedException(
            ErrorCode.LIMIT_EXCEEDED,
            "object "
                + key
                + ": a catalog of "
                + number
                + " "
                + what
                + " exceeds "
                + MAX_IN_MEMORY);
      }
    }

    /// Checks the directory and gives the bytes of the blocks, which must fill the object.
    private ByteBuffer directory(List<Expected> expected, long groups) {
      long blocks = Math.ceilDiv(groups, (long) GROUPS_PER_BLOCK);
      for (Expected array : expected) {
        blocks += Math.ceilDiv(array.chunks(), (long) CHUNKS_PER_BLOCK);
        blocks += Math.ceilDiv(array.shards(), (long) SHARDS_PER_BLOCK);
      }
      long directoryBytes =
          Integer.BYTES + Long.BYTES + 12L * expected.size() + Integer.BYTES * blocks;
      long headBytes = MAGIC.length + Integer.BYTES + directoryBytes + CRC_BYTES;
      expect("bytes, at least", Math.min(in.capacity(), headBytes), headBytes);
      byte[] magic = new byte[MAGIC.length];
      in.get(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw corrupt("does not begin with PENSCAT1");
      }
      expect("directory bytes", in.getInt(), directoryBytes);
      int covered = (int) headBytes - CRC_BYTES;
      expect("directory crc", in.getInt(covered), crc(bytes, 0, covered));
      expect("arrays", in.getInt(), expected.size());
      expect("groups", in.getLong(), groups);
      for (Expected array : expected) {
        expect("chunks", in.getLong(), array.chunks());
        expect("chunks per shard", in.getInt(), array.chunksPerShard());
      }
      ByteBuffer blockBytes = in.slice(in.position(), (int) blocks * Integer.BYTES);
      blockBytes.order(ByteOrder.LITTLE_ENDIAN);
      long sum = 0;
      for (int i = 0; i < blocks; i++) {
        int length = blockBytes.getInt(i * Integer.BYTES);
        if (length < CRC_BYTES) {
          throw corrupt("block " + i + " has " + length + " bytes");
        }
        sum += length;
      }
      in.position((int) headBytes);
      expect("bytes of blocks", in.remaining(), sum);
      return blockBytes;
    }

    private int[] lengths(Expected array, ByteBuffer blockBytes) {
      int[] lengths = new int[(int) array.chunks()];
      for (int from = 0; from < lengths.length; from += CHUNKS_PER_BLOCK) {
        int count = Math.min(CHUNKS_PER_BLOCK, lengths.length - from);
        numbers(block(blockBytes), lengths, from, count);
      }
      return lengths;
    }

    private List<ArrayCatalog.Shard> shards(Expected array, ByteBuffer blockBytes) {
      List<ArrayCatalog.Shard> shards = new ArrayList<>();
      for (long from = 0; from < array.shards(); from += SHARDS_PER_BLOCK) {
        long count = Math.min(SHARDS_PER_BLOCK, array.shards() - from);
        ByteBuffer block = block(blockBytes);
        expect("bytes of a block of shards", block.remaining(), count * SHARD_BYTES);
        for (long i = 0; i < count; i++) {
          long shardBytes = block.getLong();
          byte[] sha256 = new byte[Digest.BYTES];
          block.get(sha256);
          shards.add(new ArrayCatalog.Shard(shardBytes, Digest.of(sha256)));
        }
      }
      return shards;
    }

    private long[] groups(long groups, ByteBuffer blockBytes) {
      long[] firsts = new long[(int) groups];
      int[] steps = new int[GROUPS_PER_BLOCK];
      for (int from = 0; from < firsts.length; from += GROUPS_PER_BLOCK) {
        int count = Math.min(GROUPS_PER_BLOCK, firsts.length - from);
        ByteBuffer block = block(blockBytes);
        expect("bytes of a block of groups, at least", Math.min(block.remaining(), 8), 8);
        firsts[from] = block.getLong();
        if (count > 1) {
          numbers(block, steps, 0, count - 1);
        } else {
          expect("bytes behind the last group", block.remaining(), 0);
        }
        for (int i = 1; i < count; i++) {
          firsts[from + i] = firsts[from + i - 1] + steps[i - 1];
        }
      }
      return firsts;
    }

    private void numbers(ByteBuffer block, int[] target, int from, int count) {
      try {
        numbers.decode(block, target, from, count);
      } catch (CorruptDataException e) {
        throw corrupt(e.detail());
      }
    }

    /// The payload of the next block, its crc checked.
    private ByteBuffer block(ByteBuffer blockBytes) {
      int payload = blockBytes.getInt() - CRC_BYTES;
      int from = in.position();
      in.position(from + payload);
      expect("crc of the block at byte " + from, in.getInt(), crc(bytes, from, payload));
      return in.slice(from, payload).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// A shard is its chunks and its index; one without chunks has no object.
    private void checkShards(ArrayCatalog array) {
      long indexBytes = (long) INDEX_ENTRY_BYTES * array.chunksPerShard() + CRC_BYTES;
      for (int shard = 0; shard < array.shards().size(); shard++) {
        long first = (long) shard * array.chunksPerShard();
        long chunkBytes = array.bytesBetween(first, first + array.chunksPerShard());
        expect(
            "bytes of shard " + shard,
            array.shards().get(shard).bytes(),
            chunkBytes == 0 ? 0 : chunkBytes + indexBytes);
      }
    }

    private void checkGroups(long[] firsts, long chunks) {
      for (int group = 0; group < firsts.length; group++) {
        if (firsts[group] < 0 || firsts[group] > chunks) {
          throw corrupt("group " + group + " begins at chunk " + firsts[group] + " of " + chunks);
        }
      }
    }

    private void expect(String what, long found, long expected) {
      if (found != expected) {
        throw corrupt(what + ": found " + found + ", expected " + expected);
      }
    }

    private CorruptDataException corrupt(String detail) {
      return new CorruptDataException(ErrorCode.METADATA_CORRUPT, key, "catalog: " + detail);
    }
  }
}
