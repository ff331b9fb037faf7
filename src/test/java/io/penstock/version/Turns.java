package io.penstock.version;

import java.util.Random;
import java.util.concurrent.Semaphore;

/// Lets threads run one at a time, in an order that a seed decides: each asks for a turn before
/// each step, and when all of them wait, one is picked. So code that blocks runs the same way each
/// time, whenever the machine happens to start its threads.
final class Turns {
  private final Random random;
  private final Seat[] seats;
  private final long mostSteps;
  private int running;
  private int waiting;
  private long steps;

  /// @param threads how many take part; none gets a turn before all have asked for one
  /// @param mostSteps with more than so many in all, somebody does not end
  Turns(long seed, int threads, long mostSteps) {
    this.random = new Random(seed);
    this.seats = new Seat[threads];
    for (int i = 0; i < threads; i++) {
      seats[i] = new Seat();
    }
    this.running = threads;
    this.mostSteps = mostSteps;
  }

  /// The place of one thread. Which thread sits where must follow from the seed too: turns are
  /// drawn among the seats.
  Seat seat(int index) {
    return seats[index];
  }

  /// Where one thread asks for its turns.
  final class Seat {
    private final Semaphore turn = new Semaphore(0);
    private boolean waits;

    private Seat() {}

    /// Waits for the next turn of the calling thread.
    void next() {
      synchronized (Turns.this) {
        waits = true;
        waiting++;
        running--;
        pass();
      }
      turn.acquireUninterruptibly();
    }

    /// Says that the calling thread takes no more part.
    void end() {
      synchronized (Turns.this) {
        running--;
        pass();
      }
    }

    private void go() {
      waits = false;
      waiting--;
      turn.release();
    }
  }

  private void pass() {
    if (running > 0 || waiting == 0) {
      return;
    }
    steps++;
    if (steps > mostSteps) {
      for (Seat seat : seats) {
        if (seat.waits) {
          seat.go();
        }
      }
      throw new AssertionError("after " + mostSteps + " steps not all committers have ended");
    }
    running = 1;
    pick().go();
  }

  private Seat pick() {
    int left = random.nextInt(waiting);
    for (Seat seat : seats) {
      if (seat.waits && left-- == 0) {
        return seat;
      }
    }
    throw new AssertionError("fewer threads wait than were counted");
  }
}
