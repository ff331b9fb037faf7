package io.penstock.read;

import io.penstock.buffer.Lease;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The batches that are planned and not taken, in their order: the first of them have memory.
/// Guarded by the loader's lock.
final class BatchQueue {
  private final LoaderMemory memory;
  private final ArrayDeque<BatchAssembly> queue = new ArrayDeque<>();
  private final ArrayDeque<BatchAssembly> unopened = new ArrayDeque<>();
  private final List<BatchAssembly> abandoned = new ArrayList<>();
  private long planned;
  private long opened;

  /// @param memory that batches take
  BatchQueue(LoaderMemory memory) {
    this.memory = memory;
  }

  /// The first one, or null.
  @Nullable BatchAssembly head() {
    return queue.peek();
  }

  /// Takes the first one out.
  BatchAssembly take() {
    return queue.remove();
  }

  /// A batch was planned.
  void add(BatchAssembly batch) {
    planned = batch.ordinal() + 1;
    queue.add(batch);
    unopened.add(batch);
  }

  /// The number of the next batch that is planned.
  long planned() {
    return planned;
  }

  /// The number of the first batch that is not open.
  long opened() {
    return opened;
  }

  /// Whether some batch has no memory.
  boolean anyUnopened() {
    return !unopened.isEmpty();
  }

  /// Gives memory to the next batch that has none, if there is one and memory for it, and not more
  /// are open than are of use.
  Optional<BatchAssembly> open() {
    BatchAssembly batch = unopened.peek();
    if (batch == null || batch.ordinal() - queue.element().ordinal() >= memory.openBatches()) {
      return Optional.empty();
    }
    if (!batch.hopeless()) {
      Optional<Lease> lease = memory.batch(batch.leaseBytes());
      if (lease.isEmpty()) {
        return Optional.empty();
      }
      batch.open(lease.get());
    }
    unopened.remove();
    opened = batch.ordinal() + 1;
    return Optional.of(batch);
  }

  /// How many are planned, done or not.
  int size() {
    return queue.size();
  }

  /// How many are done, from the first on.
  int ready() {
    int ready = 0;
    for (BatchAssembly batch : queue) {
      if (!batch.done) {
        break;
      }
      ready++;
    }
    return ready;
  }

  /// Nobody wants them any more; codec threads may still write to them.
  void abandon() {
    abandoned.addAll(queue);
    queue.clear();
    unopened.clear();
  }

  /// Gives back the memory of those that were abandoned, when nobody writes to them any more.
  void release() {
    abandoned.forEach(batch -> batch.takeLease().ifPresent(Lease::close));
    abandoned.clear();
    opened = planned;
  }
}
