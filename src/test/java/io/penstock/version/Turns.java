package io.penstock.version;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;

/// Lets threads run one at a time, in an order that a seed decides: each asks for a turn before
/// each step, and when all of them wait, one is picked. So code that blocks runs the same way each
/// time.
final class Turns {
  private final Random random;
  private final List<Semaphore> waiting = new ArrayList<>();
  private final long mostSteps;
  private int running;
  private long steps;

  /// @param threads how many take part; none gets a turn before all have asked for one
  /// @param mostSteps with more than so many in all, somebody does not end
  Turns(long seed, int threads, long mostSteps) {
    this.random = new Random(seed);
    this.running = threads;
    this.mostSteps = mostSteps;
  }

  /// Waits for the next turn of the calling thread.
  void next() {
    Semaphore mine = new Semaphore(0);
    synchronized (this) {
      waiting.add(mine);
      running--;
      pass();
    }
    mine.acquireUninterruptibly();
  }

  /// Says that the calling thread takes no more part.
  synchronized void end() {
    running--;
    pass();
  }

  private void pass() {
    if (running == 0 && !waiting.isEmpty()) {
      steps++;
      if (steps > mostSteps) {
        waiting.forEach(Semaphore::release);
        waiting.clear();
        throw new AssertionError("after " + mostSteps + " steps not all committers have ended");
      }
      running = 1;
      waiting.remove(random.nextInt(waiting.size())).release();
    }
  }
}
