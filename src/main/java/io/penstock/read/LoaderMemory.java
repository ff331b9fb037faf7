package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.buffer.Reservation;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A loader's own memory, set apart from the common budget when the loader is made, so that nobody
/// can starve it: batches, scratch, one urgent chunk and what stays resident have slots of their
/// own; what is left is for encoded chunks on their way. Thread-safe.
final class LoaderMemory implements AutoCloseable {
  /// What is left to others, for indexes and single chunks.
  private static final long LEFT_BYTES = 256L << 10;

  /// Of what is more than the least, batches ahead get this part. What lands is as far ahead of the
  /// consumer, and smaller.
  private static final long SHARE_OF_BATCHES = 4;

  private final BufferPool own;
  private final MemoryNeeds needs;
  private final List<Runnable> taken;
  private final List<ResidentColumn> residents = new ArrayList<>();
  private final Reservation usual;
  private final @Nullable Reservation large;
  private final Reservation scratch;
  private final Reservation urgent;
  private final long landingBytes;
  private final long openBatches;

  private LoaderMemory(
      BufferPool own,
      MemoryNeeds needs,
      long batches,
      int codecThreads,
      VersionContent content,
      List<Column> columns,
      List<Runnable> taken) {
    this.own = own;
    this.taken = taken;
    this.needs = needs;
    for (Column column : columns) {
      if (column.resident()) {
        Lease lease =
            own.tryLease(ResidentColumn.bytes(content, column)).orElseThrow(LoaderMemory::gaps);
        taken.add(lease::close);
        residents.add(new ResidentColumn(content, column, lease));
      }
    }
    large =
        needs.largeBatchBytes() > 0
            ? reserve(needs.largeBatchBytes(), MemoryNeeds.LARGE_BATCHES)
            : null;
    usual = reserve(needs.batchBytes(), Math.toIntExact(needs.leastBatches()));
    scratch = reserve(needs.decodedChunkBytes(), codecThreads);
    urgent = reserve(needs.encodedChunkBytes(), 1);
    long more = (batches - needs.leastBatches()) * BufferPool.slotBytes(needs.batchBytes());
    landingBytes = own.budgetBytes() - own.usedBytes() - more;
    openBatches = batches - 1;
  }

  private static RefusedException gaps() {
    return new RefusedException(ErrorCode.LIMIT_EXCEEDED, "slots do not lie side by side");
  }

  private Reservation reserve(long bytes, int slots) {
    Reservation reservation = own.tryReserve(bytes, slots).orElseThrow(LoaderMemory::gaps);
    taken.add(reservation::close);
    return reservation;
  }

  /// Sets a loader's memory apart: three quarters of what is free, or half of it where another
  /// loader like it would hardly find enough otherwise, or as much as is useful, or at least what
  /// it needs and a quarter of the rest.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` and the least memory, if that is not free
  static LoaderMemory take(
      BufferPool pool,
      MemoryNeeds needs,
      int codecThreads,
      VersionContent content,
      List<Column> columns) {
    long free = pool.budgetBytes() - pool.usedBytes();
    long least = needs.leastBytes(codecThreads);
    long tight = needs.tightBytes(codecThreads);
    long wanted =
        Math.max(free / 2, Math.min(free / 4 * 3, free - tight - 2 * MemoryNeeds.BLOCK_BYTES));
    wanted = Math.max(wanted, least + (free - least) / 4);
    wanted = Math.min(wanted, needs.usefulBytes(codecThreads));
    long most = Math.min(wanted, free - LEFT_BYTES);
    for (long bytes : new long[] {most, least, 2 * least, free, tight}) {
      Optional<BufferPool> own =
          bytes < tight || bytes > free ? Optional.empty() : pool.trySplit(bytes);
      if (own.isPresent()) {
        Optional<LoaderMemory> memory = fill(own.get(), needs, codecThreads, content, columns);
        if (memory.isPresent()) {
          return memory.get();
        }
      }
    }
    throw new RefusedException(
        ErrorCode.LIMIT_EXCEEDED,
        "the loader needs at least "
            + least
            + " bytes of memory; of the budget of "
            + pool.budgetBytes()
            + " bytes "
            + free
            + " are free: raise the budget, make batches or orderMemory smaller, or close other"
            + " loaders");
  }

  /// Takes the slots out of a part of the budget, or gives the part back if they do not fit.
  private static Optional<LoaderMemory> fill(
      BufferPool own,
      MemoryNeeds needs,
      int codecThreads,
      VersionContent content,
      List<Column> columns) {
    long spare = own.budgetBytes() - needs.leastBytes(codecThreads);
    long more = Math.max(0, spare / SHARE_OF_BATCHES / BufferPool.slotBytes(needs.batchBytes()));
    long batches = Math.min(needs.usefulBatches(), needs.leastBatches() + more);
    List<Runnable> taken = new ArrayList<>();
    try {
      return Optional.of(
          new LoaderMemory(own, needs, batches, codecThreads, content, columns, taken));
    } catch (RefusedException e) {
      taken.forEach(Runnable::run);
      own.close();
      if (e.code() != ErrorCode.LIMIT_EXCEEDED) {
        throw e;
      }
      return Optional.empty();
    }
  }

  MemoryNeeds needs() {
    return needs;
  }

  /// The columns that stay.
  List<ResidentColumn> residents() {
    return residents;
  }

  /// Room for decoded chunks, one for each codec thread.
  Reservation scratch() {
    return scratch;
  }

  /// Bytes for what is on its way or waits to be decoded.
  long landingBytes() {
    return landingBytes;
  }

  /// So many batches at most are open beside the one in the consumer's hands: with more of them the
  /// memory for what is on its way would be gone, and every request would wait for another.
  long openBatches() {
    return openBatches;
  }

  long budgetBytes() {
    return own.budgetBytes();
  }

  /// Bytes of it that are in use.
  long usedBytes() {
    return own.usedBytes();
  }

  /// Whether its pool looks for misuse.
  boolean checked() {
    return own.checked();
  }

  /// Memory for a batch, if some is free.
  Optional<Lease> batch(long bytes) {
    if (bytes > needs.batchBytes() && large != null) {
      return large.tryLease(bytes);
    }
    // Those ahead of the least are taken as they come, so that a short run touches little memory.
    return usual.tryLease(bytes).or(() -> own.tryLease(bytes));
  }

  /// Memory for an encoded chunk, if some is free.
  Optional<Lease> landing(long bytes) {
    return own.tryLease(bytes);
  }

  /// Memory for an encoded chunk that the next batch needs: free if no other urgent one is on its
  /// way.
  Optional<Lease> urgent(long bytes) {
    return own.tryLease(bytes).or(() -> urgent.tryLease(bytes));
  }

  /// Gives everything back but batches that the consumer still holds.
  @Override
  public void close() {
    taken.forEach(Runnable::run);
    own.close();
  }
}
