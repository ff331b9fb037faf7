package io.penstock.codec;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The fixed platform threads that do the work of the processor: encode, decode, gather. Each
/// thread has a [CodecContext] of its own. Tasks begin in the order in which they were submitted.
/// Thread-safe; whoever created it closes it.
public final class CodecThreads implements AutoCloseable {
  /// Work for one thread. It must not wait for another task of the same threads, and handles its
  /// own failures: what it throws ends up at the thread's uncaught handler.
  @FunctionalInterface
  public interface Task {
    /// Does the work.
    ///
    /// @param context of the thread that runs it; not to be kept
    void run(CodecContext context);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<Task> queue = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private boolean closed;

  /// Starts the threads, as daemons.
  ///
  /// @param count 1 or more
  public CodecThreads(int count) {
    this(count, Thread.ofPlatform().daemon());
  }

  /// Starts threads of one's own kind.
  ///
  /// @param count 1 or more
  /// @param kind what makes them, but for their names
  public CodecThreads(int count, Thread.Builder kind) {
    if (count < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "threads " + count + " is less than 1");
    }
    for (int i = 0; i < count; i++) {
      threads.add(kind.name("penstock-codec-" + i).start(this::serve));
    }
  }

  /// How many threads there are.
  public int count() {
    return threads.size();
  }

  /// Queues a task. Never blocks.
  ///
  /// @throws RefusedException with code `CLOSED` after close
  public void submit(Task task) {
    lock.lock();
    try {
      if (closed) {
        throw new RefusedException(ErrorCode.CLOSED, "the codec threads are closed");
      }
      queue.add(task);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Runs what is queued, ends the threads and frees their contexts. Blocks until then; idempotent.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
    awaitEnd(threads);
  }

  /// Waits until threads have ended, however often the caller is interrupted; its interrupt flag is
  /// set again afterwards.
  public static void awaitEnd(Collection<Thread> threads) {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() {
    try (CodecContext context = new CodecContext()) {
      for (Task task = take(); task != null; task = take()) {
        try {
          task.run(context);
        } catch (RuntimeException | Error e) {
          Thread thread = Thread.currentThread();
          thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
      }
    }
  }

  private @org.jspecify.annotations.Nullable Task take() {
    lock.lock();
    try {
      while (queue.isEmpty() && !closed) {
        work.awaitUninterruptibly();
      }
      return queue.poll();
    } finally {
      lock.unlock();
    }
  }
}
