package io.penstock.s3;

import io.penstock.store.PendingTransfer;
import io.penstock.store.StoreChecks;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// The parts of uploads that travel: each on a virtual thread of its own, a limited number at once,
/// first come first served. Thread-safe.
final class S3Transfers implements AutoCloseable {
  // The end of a part is told on its own thread, which touches no lent memory any more then. From
  // there the store may be closed, so the thread that closes is never waited for.
  private final S3Bucket bucket;
  private final Semaphore turns;
  private final ThreadFactory factory = Thread.ofVirtual().name("penstock-s3-", 0).factory();
  private final Set<Thread> threads = new HashSet<>();
  private boolean closed;

  S3Transfers(S3Bucket bucket) {
    this.bucket = bucket;
    this.turns = new Semaphore(bucket.options().mostTransfers(), true);
  }

  /// Starts a transfer, which waits for its turn.
  <T> PendingTransfer<T> start(String what, PendingTransfer.Work<T> work) {
    return PendingTransfer.start(this::begin, what, transfer -> run(what, work, transfer));
  }

  private synchronized void begin(Runnable transfer) {
    if (closed) {
      throw new RejectedExecutionException();
    }
    Thread thread =
        factory.newThread(() -> {
          try {
            transfer.run();
          } finally {
            over();
          }
        });
    thread.start();
    threads.add(thread); // it cannot be over before, for this holds the lock
  }

  private synchronized void over() {
    threads.remove(Thread.currentThread());
    notifyAll();
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

  /// Interrupts what is under way and waits until it has ended, but for the part whose end the
  /// caller is just being told.
  @Override
  public void close() {
    boolean interrupted = false;
    synchronized (this) {
      closed = true;
      threads.remove(Thread.currentThread());
      threads.forEach(Thread::interrupt);
      while (!threads.isEmpty()) {
        try {
          wait();
        } catch (InterruptedException _) {
          interrupted = true; // lent memory may still be read
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
