package io.penstock.testing;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.Landing;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// One process's view of an object store that misbehaves as real ones do: answers get lost,
/// requests are applied late, processes crash. Everything is drawn from a seed, so a run can be
/// repeated as long as its requests come in the same order.
///
/// ```java
/// SimulatedWorld world = new SimulatedWorld(seed);
/// Store writer = world.process("writer", Faults.mix(seed));         // random faults
/// Store other = world.process("other", Faults.none());
/// Store dying = world.process("dying", Faults.crashAt(7, Fault.CRASH_APPLIED_LATE));
/// world.check(() -> {
///   …                                  // a failure in here carries seed, faults and request trace
///   world.settle();                    // whatever is still under way arrives now
///   … world.objects() …                // the truth, without faults
/// });
/// ```
///
/// A process whose request was chosen to crash throws [SimulatedCrash] from it and from every later
/// one; the code under test must not catch it. What a fault means for each kind of request is told
/// at [Fault]. Thread-safe: requests happen one after the other.
public final class SimulatedStore implements Store {
  private final SimulatedWorld world;
  private final String process;
  private final Faults faults;
  private long nextNumber;
  private boolean crashed;

  SimulatedStore(SimulatedWorld world, String process, Faults faults) {
    this.world = world;
    this.process = process;
    this.faults = faults;
  }

  /// How many requests this process has made.
  public long requests() {
    synchronized (world) {
      return nextNumber;
    }
  }

  @Override
  public URI uri() {
    return URI.create("memory:/simulated");
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return reading(Operation.STAT, key, () -> objects().stat(key));
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    return reading(Operation.GET, key, () -> objects().get(key, maxBytes));
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    try {
      return reading(Operation.READ, request.key(), () -> objects().read(request, landing));
    } catch (TransientException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    return request(
        Operation.LIST,
        prefix,
        fault -> {
          failReading(fault, Operation.LIST, prefix);
          ObjectPage page = objects().list(prefix, startAfter, maxKeys);
          return fault == Fault.LISTING_LIES
              ? new ObjectPage(world.lieAbout(page.objects()), page.truncated())
              : page;
        });
  }

  @Override
  public List<String> listDirectories(String prefix) {
    return request(
        Operation.LIST,
        prefix,
        fault -> {
          failReading(fault, Operation.LIST, prefix);
          List<String> names = objects().listDirectories(prefix);
          return fault == Fault.LISTING_LIES ? world.lieAbout(names) : names;
        });
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    MemorySegment copy =
        MemorySegment.ofArray(body.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    return request(
        Operation.PUT,
        key,
        fault ->
            switch (condition) {
              case CREATE_ONLY -> create(fault, key, copy);
              case NONE ->
                  mutate(fault, Operation.PUT, key, () -> objects().put(key, copy, condition));
            });
  }

  private PutResult create(Fault fault, String key, MemorySegment body) {
    SimulatedWorld.Effect<PutResult> action =
        () -> objects().put(key, body, PutCondition.CREATE_ONLY);
    return switch (fault) {
      case NONE, LISTING_LIES -> action.happen();
      case CONDITION_IGNORED -> objects().put(key, body, PutCondition.NONE);
      case NO_CONNECTION -> throw unavailable(fault, Operation.PUT, key);
      case RESET_BEFORE, UNAVAILABLE, CONFLICT -> new PutResult.Unknown("simulated " + fault);
      case ANSWER_LOST -> {
        action.happen();
        yield new PutResult.Unknown("simulated " + fault);
      }
      case APPLIED_LATE -> {
        world.later(process + " PUT " + key, action);
        yield new PutResult.Unknown("simulated " + fault);
      }
      case OWN_CONDITION_FAILED -> {
        action.happen();
        yield new PutResult.Exists();
      }
      case CRASH_BEFORE, CRASH_AFTER, CRASH_APPLIED_LATE ->
          crash(fault, process + " PUT " + key, action);
    };
  }

  @Override
  public void delete(String key) {
    request(
        Operation.DELETE,
        key,
        fault ->
            mutate(
                fault,
                Operation.DELETE,
                key,
                () -> {
                  objects().delete(key);
                  return key;
                }));
  }

  /// A change that the store repeats by itself until it gives up.
  private <T> T mutate(
      Fault fault, Operation operation, String key, SimulatedWorld.Effect<T> action) {
    return switch (fault) {
      case NONE, LISTING_LIES, CONDITION_IGNORED -> action.happen();
      case NO_CONNECTION, RESET_BEFORE, UNAVAILABLE, CONFLICT ->
          throw unavailable(fault, operation, key);
      case ANSWER_LOST, OWN_CONDITION_FAILED -> {
        action.happen();
        throw unavailable(fault, operation, key);
      }
      case APPLIED_LATE -> {
        world.later(process + " " + operation + " " + key, action);
        throw unavailable(fault, operation, key);
      }
      case CRASH_BEFORE, CRASH_AFTER, CRASH_APPLIED_LATE ->
          crash(fault, process + " " + operation + " " + key, action);
    };
  }

  private <T> T reading(Operation operation, String key, SimulatedWorld.Effect<T> action) {
    return request(
        operation,
        key,
        fault -> {
          failReading(fault, operation, key);
          return action.happen();
        });
  }

  private void failReading(Fault fault, Operation operation, String key) {
    switch (fault) {
      case NONE, LISTING_LIES, CONDITION_IGNORED, OWN_CONDITION_FAILED -> {}
      case NO_CONNECTION, RESET_BEFORE, ANSWER_LOST, APPLIED_LATE, UNAVAILABLE, CONFLICT ->
          throw unavailable(fault, operation, key);
      case CRASH_BEFORE, CRASH_AFTER, CRASH_APPLIED_LATE ->
          crash(fault, process + " " + operation + " " + key, () -> key);
    }
  }

  private <T> T crash(Fault fault, String what, SimulatedWorld.Effect<T> action) {
    crashed = true;
    if (fault == Fault.CRASH_AFTER) {
      action.happen();
    } else if (fault == Fault.CRASH_APPLIED_LATE) {
      world.later(what, action);
    }
    throw new SimulatedCrash(process);
  }

  private static TransientException unavailable(Fault fault, Operation operation, String key) {
    return new TransientException(
        ErrorCode.STORE_UNAVAILABLE, operation + " " + key + ": simulated " + fault);
  }

  @FunctionalInterface
  private interface Action<T> {
    T under(Fault fault);
  }

  private <T> T request(Operation operation, String key, Action<T> action) {
    synchronized (world) {
      if (crashed) {
        throw new SimulatedCrash(process);
      }
      Request request = new Request(process, nextNumber++, operation, key);
      Fault fault = faults.at(request);
      return world.perform(request, fault, () -> action.under(fault));
    }
  }

  private MemoryStore objects() {
    return world.objects();
  }

  @Override
  public Upload upload(String key) {
    Upload real = reading(Operation.UPLOAD, key, () -> objects().upload(key));
    return new SimulatedUpload(key, real);
  }

  @Override
  public void close() {}

  private final class SimulatedUpload implements Upload {
    private final String key;
    private final Upload real;

    SimulatedUpload(String key, Upload real) {
      this.key = key;
      this.real = real;
    }

    @Override
    public CompletableFuture<Void> append(MemorySegment part) {
      try {
        return reading(Operation.PART, key, () -> real.append(part));
      } catch (TransientException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    @Override
    public ObjectInfo complete() {
      return request(
          Operation.COMPLETE, key, fault -> mutate(fault, Operation.COMPLETE, key, real::complete));
    }

    @Override
    public void close() {
      if (!crashed) {
        real.close();
      }
    }
  }
}
