package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecThreads;
import io.penstock.codec.ShardIndex;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.Digest;
import io.penstock.read.ReadEngine.Problem;
import io.penstock.read.Verifier.Report;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Checks shards: presence, length, SHA-256, index, and each chunk's checksum and decoding. Blocks.
/// Thread-safe.
final class ShardCheck {
  /*
   * A shard is read once, from its first byte to its last, so that its SHA-256 comes along. When the
   * store says that it is too short for a range of several chunks, they are read one by one, as a
   * reader does, so that the words are those of a failing read.
   */
  private static final int ROWS_AT_ONCE = 4096;
  private static final long CHOICE_SEED = 0x9E3779B97F4A7C15L;

  private final Store store;
  private final BufferPool pool;
  private final CodecThreads threads;
  private final TensorReads reads;
  private final ShardIndexes indexes;

  ShardCheck(Store store, BufferPool pool, CodecThreads threads, TensorReads reads) {
    this.store = store;
    this.pool = pool;
    this.threads = threads;
    this.reads = reads;
    this.indexes = new ShardIndexes(store, pool);
  }

  /// The samples of the fragment that the shards belong to, as positions in the version.
  record Rows(long from, long to) {}

  /// Checks the shards of an array, side by side.
  ///
  /// @param expected what the catalog says of each; empty without a catalog
  /// @param share of the chunks to read and decode; below 1 no SHA-256 is computed
  Report check(StoredArray array, List<ArrayCatalog.Shard> expected, Rows rows, double share) {
    List<Integer> numbers = IntStream.range(0, array.shards()).boxed().toList();
    if (numbers.isEmpty()) {
      return new Report(0, 0, 0, List.of());
    }
    return Report.sum(
        FanOut.map(
            numbers,
            shard -> {
              Optional<ArrayCatalog.Shard> known =
                  expected.isEmpty() ? Optional.empty() : Optional.of(expected.get(shard));
              boolean stored = known.map(entry -> entry.bytes() > 0).orElse(true);
              return stored
                  ? new Run(array, shard, known, rows, share).check()
                  : new Report(0, 0, 0, List.of());
            }));
  }

  /// The check of one shard. Confined to one thread.
  private final class Run {
    private final StoredArray array;
    private final int shard;
    private final String key;
    private final Optional<ArrayCatalog.Shard> expected;
    private final Rows rows;
    private final double share;
    private final List<Problem> problems = new ArrayList<>();
    private final MessageDigest sha256 = Digest.newSha256();
    private long hashedTo;
    private long chunks;
    private long bytes;

    Run(
        StoredArray array,
        int shard,
        Optional<ArrayCatalog.Shard> expected,
        Rows rows,
        double share) {
      this.array = array;
      this.shard = shard;
      this.key = array.key(shard);
      this.expected = expected;
      this.rows = rows;
      this.share = share;
    }

    Report check() {
      Optional<ObjectInfo> info = store.stat(key);
      if (info.isEmpty()) {
        wholeShard(ChunkIndex.missingShard());
      } else {
        chunks();
        index(info.get());
        compare(info.get());
      }
      return new Report(1, chunks, bytes, List.copyOf(problems));
    }

    private void chunks() {
      List<ChunkRead> readable = new ArrayList<>();
      Optional<CorruptDataException> unreadable = Optional.empty();
      for (long chunk : inBounds()) {
        Optional<CorruptDataException> problem = array.index().problem(chunk);
        if (problem.isEmpty() && chosen(chunk)) {
          long offset = array.index().offset(chunk);
          readable.add(
              new ChunkRead(array, chunk, offset, array.index().length(chunk), 0, 0, List.of()));
        } else if (problem.isPresent() && array.rowsAreSamples()) {
          chunkProblem(chunk, problem.get());
        } else if (problem.isPresent() && expected.isEmpty()) {
          // Elements that no sample has are not stored; only a damaged index is worth a word.
          unreadable = problem.filter(_ -> !indexIsReadable());
        }
      }
      unreadable.ifPresent(this::wholeShard);
      for (RangeRead range : RangeRules.within(pool.budgetBytes()).merge(readable)) {
        range(range);
      }
    }

    private boolean indexIsReadable() {
      return array.index() instanceof ChunkIndex.OfShards known
          && known.shards().get(shard).problem().isEmpty();
    }

    private long[] inBounds() {
      long first = (long) shard * array.chunksPerShard();
      return LongStream.range(first, first + array.chunksPerShard())
          .filter(array::inBounds)
          .toArray();
    }

    /// A fixed choice: the same chunks each time.
    private boolean chosen(long chunk) {
      long hash = (key.hashCode() * 31L + chunk + 1) * CHOICE_SEED;
      hash = (hash ^ (hash >>> 32)) * CHOICE_SEED;
      return share >= 1 || (hash >>> 11) * 0x1.0p-53 < share;
    }

    private void range(RangeRead range) {
      try {
        read(range);
      } catch (CorruptDataException | NotFoundException e) {
        if (range.chunks().size() == 1) {
          chunkProblem(range.chunks().getFirst().chunk(), e);
        } else {
          range.chunks().forEach(chunk -> range(new RangeRead(List.of(chunk))));
        }
      }
    }

    private void read(RangeRead range) {
      ByteRange part = range.range();
      List<Lease> leases = pool.leaseAll(part.length(), array.codec().decodedBytes());
      try (Lease landed = leases.getFirst();
          Lease decoded = leases.getLast()) {
        RangeRequest request = RangeRequest.of(key, part.offset(), part.length());
        Transfers.await(store.read(request, Landing.into(landed.segment())), "read " + key);
        hash(part.offset(), landed.segment());
        for (ChunkRead chunk : range.chunks()) {
          decode(
              chunk,
              landed.segment().asSlice(chunk.offset() - part.offset(), chunk.length()),
              decoded.segment());
        }
      }
    }

    private void decode(ChunkRead chunk, MemorySegment encoded, MemorySegment decoded) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      threads.submit(context -> {
        try {
          array.codec().decode(encoded, decoded, context);
          done.complete(null);
        } catch (RuntimeException | Error e) {
          done.completeExceptionally(e);
        }
      });
      chunks++;
      try {
        Transfers.await(done, "decode a chunk of " + array);
      } catch (CorruptDataException e) {
        chunkProblem(chunk.chunk(), e);
      }
    }

    /// Goes on with the SHA-256 if these bytes are the next ones.
    private void hash(long offset, MemorySegment content) {
      bytes += content.byteSize();
      if (offset == hashedTo) {
        sha256.update(content.asByteBuffer());
        hashedTo += content.byteSize();
      }
    }

    private void index(ObjectInfo info) {
      long indexBytes = ShardIndexes.indexBytes(array.layout());
      try {
        ShardIndex index =
            indexes.read(array.layout(), info, encoded -> hash(info.bytes() - indexBytes, encoded));
        if (array.index() instanceof ChunkIndex.OfCatalog(ArrayCatalog catalog)) {
          compare(index, catalog);
        }
      } catch (CorruptDataException e) {
        wholeShard(new CorruptDataException(e.code(), "the shard's index: " + e.detail()));
      } catch (PenstockException e) {
        throw PendingTransfer.typed(e, "read the index of " + key);
      }
    }

    private void compare(ShardIndex index, ArrayCatalog catalog) {
      for (int i = 0; i < index.chunks(); i++) {
        long chunk = (long) shard * array.chunksPerShard() + i;
        long length = catalog.length(chunk);
        boolean same =
            index.present(i)
                ? index.length(i) == length && index.offset(i) == catalog.offset(chunk)
                : length == 0;
        if (!same) {
          wholeShard(
              new CorruptDataException(
                  ErrorCode.DATA_CORRUPT,
                  "the shard's index differs from the catalog at chunk " + i));
          return;
        }
      }
    }

    /// Length and SHA-256 of a shard in which nothing else was found.
    private void compare(ObjectInfo info) {
      if (expected.isEmpty() || !problems.isEmpty()) {
        return;
      }
      ArrayCatalog.Shard known = expected.get();
      if (info.bytes() != known.bytes()) {
        wholeShard(
            new CorruptDataException(
                ErrorCode.DATA_CORRUPT,
                "the shard has "
                    + info.bytes()
                    + " bytes, its index and the catalog say "
                    + known.bytes()));
      } else if (hashedTo == info.bytes() && !Digest.of(sha256.digest()).equals(known.sha256())) {
        wholeShard(
            new CorruptDataException(
                ErrorCode.DATA_CORRUPT,
                "the shard's SHA-256 is not the one that catalog and index stand for"));
      }
    }

    private void chunkProblem(long chunk, PenstockException failure) {
      Rows concerned =
          array.rowsAreSamples()
              ? new Rows(array.fromSample(chunk), array.toSample(chunk))
              : samplesWith(elements(chunk), elements(chunk) + array.chunkLength(0));
      report(chunk, concerned, failure);
    }

    private void wholeShard(CorruptDataException failure) {
      long[] chunksOfShard = inBounds();
      Rows concerned =
          array.rowsAreSamples()
              ? new Rows(
                  LongStream.of(chunksOfShard).map(array::fromSample).min().orElseThrow(),
                  LongStream.of(chunksOfShard).map(array::toSample).max().orElseThrow())
              : samplesWith(
                  elements(chunksOfShard[0]),
                  elements(chunksOfShard[chunksOfShard.length - 1]) + array.chunkLength(0));
      report(chunksOfShard[0], concerned, failure);
    }

    private void report(long chunk, Rows concerned, PenstockException failure) {
      PenstockException placed =
          ChunkRead.placed(array, chunk, concerned.from(), concerned.to(), failure);
      problems.add(Verifier.problem(placed, key, array.tensor(), concerned.from(), concerned.to()));
    }

    private long elements(long chunk) {
      return array.chunkOrigin(chunk, 0);
    }

    /// The samples of a ragged tensor that have elements in a range of `values`; all samples of the
    /// fragment if that cannot be read.
    private Rows samplesWith(long fromElement, long toElement) {
      long first = -1;
      long last = -1;
      try {
        for (long from = rows.from(); from < rows.to(); from += ROWS_AT_ONCE) {
          long[] some = LongStream.range(from, Math.min(rows.to(), from + ROWS_AT_ONCE)).toArray();
          SampleTable table = SampleTable.load(reads, reads.spec(array.tensor()), some, true);
          for (int i = 0; i < some.length; i++) {
            if (table.touches(i, fromElement, toElement)) {
              first = first < 0 ? some[i] : first;
              last = some[i];
            }
          }
        }
      } catch (CorruptDataException e) {
        return rows;
      }
      return first < 0 ? rows : new Rows(first, last + 1);
    }
  }
}
