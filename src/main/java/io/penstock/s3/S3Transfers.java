package io.penstock.s3;

import io.penstock.store.PendingTransfer;
import io.penstock.store.StoreChecks;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// The ranges and parts that travel: each on a virtual thread of its own, a limited number at once,
/// first come first served. Thread-safe.
final class S3Transfers implements AutoCloseable {
  private final S3Bucket bucket;
  private final Semaphore turns;
  private final ExecutorService threads;

  S3Transfers(S3Bucket bucket) {
    this.bucket = bucket;
    this.turns = new Semaphore(bucket.options().mostTransfers(), true);
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("penstock-s3-", 0).factory());
  }

  /// Starts a transfer, which waits for its turn.
  <T> PendingTransfer<T> start(String what, PendingTransfer.Work<T> work) {
    return PendingTransfer.start(threads, what, transfer -> run(what, work, transfer));
  }

  private <T> @Nullable T run(
      String what, PendingTransfer.Work<T> work, PendingTransfer<T> transfer) {
    try {
      turns.acquire();
    } catch (InterruptedException e) {
      throw bucket.isClosed()
          ? StoreChecks.closed(bucket.options().uri())
          : S3Failures.interrupted(what, e);
    }
    try {
      transfer.stopIfCancelled();
      return work.run(transfer);
    } catch (RuntimeException e) {
      // The store's end shows as whatever it interrupts.
      throw bucket.isClosed() ? StoreChecks.closed(bucket.options().uri()) : e;
    } finally {
      turns.release();
    }
  }

  /// Interrupts what is under way and waits until it has ended.
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }
}
