package io.penstock.read;

import io.penstock.codec.CodecContext;
import io.penstock.error.CorruptDataException;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// One chunk that a plan reads: where it lies, whom it concerns, and what of it goes where.
///
/// @param array that it belongs to
/// @param chunk its number in the array
/// @param offset where it begins in its shard
/// @param length stored bytes
/// @param fromSample first sample that needs it, as a position in the version
/// @param toSample end of them
/// @param copies what of the decoded chunk goes where
record ChunkRead(
    StoredArray array,
    long chunk,
    long offset,
    long length,
    long fromSample,
    long toSample,
    List<TargetCopy> copies) {
  /// Copies the list.
  ChunkRead {
    copies = List.copyOf(copies);
  }

  /// A chunk as its index describes it; without a place and a length if it cannot be read, see
  /// [#knownFailure].
  static ChunkRead of(
      StoredArray array, long chunk, long fromSample, long toSample, List<TargetCopy> copies) {
    boolean readable = array.problem(chunk).isEmpty();
    return new ChunkRead(
        array,
        chunk,
        readable ? array.index().offset(chunk) : 0,
        readable ? array.index().length(chunk) : 0,
        fromSample,
        toSample,
        copies);
  }

  /// Why it cannot be read, if that is known before reading it; in its place.
  Optional<PenstockException> knownFailure() {
    return array.problem(chunk).map(this::placed);
  }

  /// Tells the store that bytes of it are damaged, if that is what a failure of decoding it says.
  void distrust(Store store, PenstockException failure) {
    if (failure instanceof CorruptDataException) {
      store.distrust(array.key(shard()), new ByteRange(offset, length));
    }
  }

  /// Decodes it. What is damaged is read once more into the same memory, from elsewhere if the
  /// store can, and decoded again; blocks for that.
  ///
  /// @param store that it was read from
  /// @param encoded what has landed of it
  /// @param target gets the decoded chunk; undefined after a failure
  /// @param again is told that it is read once more
  /// @throws CorruptDataException if it is damaged again, or could not be read again
  void decode(
      Store store,
      MemorySegment encoded,
      MemorySegment target,
      CodecContext context,
      Runnable again) {
    try {
      array.codec().decode(encoded, target, context);
    } catch (CorruptDataException damage) {
      distrust(store, damage);
      again.run();
      readAgain(store, encoded, damage);
      array.codec().decode(encoded, target, context);
    }
  }

  private void readAgain(Store store, MemorySegment encoded, CorruptDataException damage) {
    String key = array.key(shard());
    RangeRequest request = new RangeRequest(key, new ByteRange(offset, length), array.tag(shard()));
    // Not to be interrupted: until the read has ended, the memory is lent.
    Throwable failure =
        store.read(request, Landing.into(encoded)).handle((_, problem) -> problem).join();
    if (failure != null) {
      damage.addSuppressed(PendingTransfer.typed(failure, "read " + key));
      throw damage;
    }
  }

  long end() {
    return offset + length;
  }

  int shard() {
    return array.shardOf(chunk);
  }

  /// Whether it can be decoded straight into its target, because it is wanted there as a whole.
  boolean direct() {
    return copies.size() == 1 && copies.getFirst().copy().isWhole(array.codec().decodedBytes());
  }

  /// Where a chunk is decoded that is wanted as a whole in one place.
  MemorySegment directTarget(MemorySegment[] targets) {
    TargetCopy whole = copies.getFirst();
    return targets[whole.target()].asSlice(
        whole.copy().targetOffset(), array.codec().decodedBytes());
  }

  /// The failure as the reader of these samples meets it: damage and absence are put into their
  /// place, anything else stays as it is.
  PenstockException placed(PenstockException failure) {
    return placed(array, chunk, fromSample, toSample, failure);
  }

  static PenstockException placed(
      StoredArray array, long chunk, long fromSample, long toSample, PenstockException failure) {
    String key = array.key(array.shardOf(chunk));
    return switch (failure) {
      case NotFoundException _ ->
          ChunkIndex.missingShard().in(key, array.tensor(), fromSample, toSample);
      case CorruptDataException damage -> damage.in(key, array.tensor(), fromSample, toSample);
      default -> failure;
    };
  }
}
