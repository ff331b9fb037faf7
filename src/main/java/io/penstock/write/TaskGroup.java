package io.penstock.write;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Virtual threads of one writer that wait for the store. A failure of one of them is the failure
/// of the writer. Thread-safe.
final class TaskGroup implements AutoCloseable {
  private final Monitor monitor;
  private final Set<Thread> running = new HashSet<>();

  TaskGroup(Monitor monitor) {
    this.monitor = monitor;
  }

  /// Runs a task on a thread of its own.
  void fork(String name, Runnable task) {
    Thread thread = Thread.ofVirtual().name(name).unstarted(() -> run(task));
    monitor.update(() -> running.add(thread));
    thread.start();
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      monitor.fail(e);
    } finally {
      monitor.update(() -> running.remove(Thread.currentThread()));
    }
  }

  /// Waits for all tasks.
  void join() {
    monitor.await(() -> running.isEmpty() ? Optional.of(true) : Optional.empty());
  }

  /// Interrupts the tasks that still run and waits for their ends, however long the store takes to
  /// heed the interrupt.
  @Override
  public void close() {
    monitor.update(() -> running.forEach(Thread::interrupt));
    monitor.awaitUninterruptibly(running::isEmpty);
  }
}
