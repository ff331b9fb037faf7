package io.penstock.read;

import io.penstock.load.Batch;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The batches of a loader that are in hands: tells of those that nobody can close any more.
/// Thread-safe.
final class OpenBatches {
  /*
   * The garbage collector queues what was dropped without being closed. The memory of such a batch
   * is not taken back: a segment of it may still be in use.
   */
  private final boolean withSites;
  private final BiConsumer<String, @Nullable Throwable> report;
  private final Set<Handle> open = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Batch> dropped = new ReferenceQueue<>();

  /// @param withSites whether to note where batches are taken, which costs some microseconds each
  /// @param report takes what is to be told, and where the batch was taken if that is known
  OpenBatches(boolean withSites, BiConsumer<String, @Nullable Throwable> report) {
    this.withSites = withSites;
    this.report = report;
  }

  /// Notes a batch that is handed to a caller.
  Handle handedOut(Batch batch) {
    Throwable site = withSites ? new Throwable("taken here, by " + Thread.currentThread()) : null;
    Handle handle = new Handle(batch, dropped, site);
    open.add(handle);
    return handle;
  }

  /// How many are in hands, or were lost.
  int count() {
    return open.size();
  }

  /// Tells of the batches that were lost since the last call.
  void reportLost() {
    for (Reference<?> lost = dropped.poll(); lost != null; lost = dropped.poll()) {
      if (lost instanceof Handle handle && open.contains(handle)) {
        report("was dropped without being closed, and its memory is lost to the loader", handle);
      }
    }
  }

  /// Tells of those that were lost, and, where sites are noted, of all others: a batch may outlive
  /// its loader, but whoever looks for a leak wants to see it.
  void reportOpen() {
    reportLost();
    if (withSites) {
      open.forEach(handle -> report("is open while its loader is closed", handle));
    }
  }

  private void report(String what, Handle handle) {
    String hint = withSites ? "" : "; -Dpenstock.buffer.checked=true tells where it was taken";
    report.accept(handle.name + " " + what + hint, handle.site);
  }

  /// One batch in hands.
  final class Handle extends PhantomReference<Batch> {
    private final String name;
    private final @Nullable Throwable site;

    private Handle(Batch batch, ReferenceQueue<Batch> queue, @Nullable Throwable site) {
      super(batch, queue);
      this.name = "batch " + batch.index() + " of epoch " + batch.epoch();
      this.site = site;
    }

    /// It was closed.
    void close() {
      open.remove(this);
      clear();
    }
  }
}
