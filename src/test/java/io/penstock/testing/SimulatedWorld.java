package io.penstock.testing;

import io.penstock.store.MemoryStore;
import io.penstock.store.PutResult;
import io.penstock.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/// The objects that simulated processes share, the requests that are still under way, and the trace
/// of what happened. See [SimulatedStore] for how to use it. Thread-safe.
public final class SimulatedWorld {
  private static final int MOST_REQUESTS_LATE = 20;
  private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

  private final long seed;
  private final Random random;
  private final MemoryStore objects = new MemoryStore(this::now);
  private final List<Pending> pending = new ArrayList<>();
  private final List<String> trace = new ArrayList<>();
  private final List<String> processes = new ArrayList<>();
  private long requests;

  /// What a request does to the objects.
  @FunctionalInterface
  interface Effect<T> {
    T happen();
  }

  private record Pending(long due, String what, Effect<?> action) {}

  /// An empty store.
  ///
  /// @param seed draws how late late requests are, and what listings leave out
  public SimulatedWorld(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  /// A process that works on the objects.
  ///
  /// @param name for the trace
  /// @param faults what happens to its requests
  public SimulatedStore process(String name, Faults faults) {
    synchronized (this) {
      processes.add(name + ": " + faults);
    }
    return new SimulatedStore(this, name, faults);
  }

  /// The objects as they are, without any fault.
  public MemoryStore objects() {
    return objects;
  }

  /// The simulated time: a second later at each request.
  public synchronized Instant now() {
    return BEGINNING.plusSeconds(requests);
  }

  /// How many requests all processes have made.
  public synchronized long requests() {
    return requests;
  }

  /// Applies every request that is still under way, in a random order.
  public synchronized void settle() {
    while (!pending.isEmpty()) {
      apply(pending.remove(random.nextInt(pending.size())));
    }
  }

  /// What happened so far, a line for each request.
  public synchronized List<String> trace() {
    return List.copyOf(trace);
  }

  /// A piece of a test.
  @FunctionalInterface
  public interface Body {
    /// Runs it.
    void run() throws Exception;
  }

  /// Runs a test; a failure carries the seed, the faults of each process, and the trace.
  public void check(Body body) {
    try {
      body.run();
    } catch (Throwable failure) {
      throw new AssertionError(
          failure
              + "\n  seed "
              + seed
              + "\n  "
              + String.join("\n  ", processes)
              + "\n  trace:\n  "
              + String.join("\n  ", trace()),
          failure);
    }
  }

  /// Makes a request and notes it. Called with the monitor of this world held.
  <T> T perform(Request request, Fault fault, Effect<T> action) {
    applyDue();
    requests++;
    String line =
        requests
            + " "
            + request.process()
            + "/"
            + request.number()
            + " "
            + request.operation()
            + " "
            + request.key()
            + (fault == Fault.NONE ? "" : " " + fault);
    try {
      T result = action.happen();
      trace.add(line + (result instanceof PutResult put ? " → " + put : ""));
      return result;
    } catch (RuntimeException | Error e) {
      trace.add(line + " → " + e.getMessage());
      throw e;
    }
  }

  /// Has a request applied some requests later.
  void later(String what, Effect<?> action) {
    pending.add(new Pending(requests + 1 + random.nextInt(MOST_REQUESTS_LATE), what, action));
  }

  private void applyDue() {
    for (Iterator<Pending> each = pending.iterator(); each.hasNext(); ) {
      Pending next = each.next();
      if (next.due() <= requests) {
        each.remove();
        apply(next);
      }
    }
  }

  private void apply(Pending late) {
    trace.add("  late: " + late.what() + " → " + late.action().happen());
  }

  /// The entries, one in eight left out, one in eight told twice.
  <T> List<T> lieAbout(List<T> entries) {
    List<T> told = new ArrayList<>();
    for (T entry : entries) {
      int chance = random.nextInt(8);
      if (chance > 0) {
        told.add(entry);
      }
      if (chance > 6) {
        told.add(entry);
      }
    }
    return told;
  }

  /// A store without faults that shares the objects, for set-up and inspection through the SPI.
  public Store calm() {
    return process("calm", Faults.none());
  }
}
