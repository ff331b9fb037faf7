package io.penstock.testing;

import io.penstock.store.ForwardingStore;
import io.penstock.store.ForwardingUpload;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.PendingTransfer;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Constructor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// Counts how often code waits for a store when all requests that can be under way at once are: the
/// round trips that latency is multiplied with. The count is exact, and the same in every run.
///
/// ```java
/// SerialWaits waits = new SerialWaits();
/// waits.run(store, counted -> open(counted, Executors.newVirtualThreadPerTaskExecutor()));
/// assertThat(waits.count()).isLessThanOrEqualTo(3);
/// ```
///
/// The code runs on virtual threads, one at a time, in the thread that calls [#run]; threads that
/// it makes must be virtual too, which those of executors of virtual threads are. Requests wait
/// until no thread can go on; then all of them are answered, which counts as one wait.
///
/// Threads wait for each other with the means of `java.util.concurrent`: whoever is in
/// [Object#wait()] is woken by a thread of the JVM's own, and this class does not wait for that.
public final class SerialWaits {
  // Virtual threads run where their scheduler says, and inherit the scheduler of the thread that
  // makes them. Ours is a queue that one thread works off; when it is empty, everybody waits. The
  // constructor that takes a scheduler is not public: the tests' JVM opens java.lang for it.
  private final Deque<Runnable> runnable = new ArrayDeque<>();
  private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private final List<Integer> together = new ArrayList<>();

  /// A piece of code over a store.
  @FunctionalInterface
  public interface Code {
    /// Runs it; `counted` behaves as the store that was given.
    void run(Store counted) throws Exception;
  }

  /// Runs code to its end.
  ///
  /// @throws AssertionError when it throws, or waits for something else than the store
  public void run(Store store, Code code) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    builder(runnable::add)
        .start(() -> {
          try {
            code.run(new Gated(store));
            end.complete(null);
          } catch (Throwable failure) {
            end.completeExceptionally(failure);
          }
        });
    while (!end.isDone()) {
      Runnable next = runnable.poll();
      if (next != null) {
        next.run();
      } else if (waiting.isEmpty()) {
        throw new AssertionError("the code waits for something else than the store");
      } else {
        answerAll();
      }
    }
    if (end.isCompletedExceptionally()) {
      throw new AssertionError(end.exceptionNow());
    }
  }

  private void answerAll() {
    List<CompletableFuture<Void>> all = List.copyOf(waiting);
    waiting.clear();
    together.add(all.size());
    all.forEach(each -> each.complete(null));
  }

  /// How often the code waited.
  public int count() {
    return together.size();
  }

  /// How many requests were under way at each wait, in order.
  public List<Integer> requestsTogether() {
    return List.copyOf(together);
  }

  private static Thread.Builder.OfVirtual builder(Executor scheduler) {
    try {
      Constructor<?> constructor =
          Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
              .getDeclaredConstructor(Executor.class);
      constructor.setAccessible(true);
      return (Thread.Builder.OfVirtual) constructor.newInstance(scheduler);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("start the tests' JVM with --add-opens java.base/java.lang", e);
    }
  }

  /// Lets every request wait for the others.
  private final class Gated extends ForwardingStore {
    Gated(Store store) {
      super(store);
    }

    private void waitForAll() {
      if (!Thread.currentThread().isVirtual()) {
        throw new AssertionError("a request on " + Thread.currentThread() + ", not virtual");
      }
      CompletableFuture<Void> answered = new CompletableFuture<>();
      waiting.add(answered);
      answered.join();
    }

    private <T> T answer(Supplier<T> request) {
      waitForAll();
      return request.get();
    }

    @Override
    public Optional<ObjectInfo> stat(String key) {
      return answer(() -> super.stat(key));
    }

    @Override
    public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
      return PendingTransfer.start(
          task -> Thread.ofVirtual().start(task),
          "read " + request.key(),
          _ -> {
            waitForAll();
            return PendingTransfer.await(super.read(request, landing), "read " + request.key());
          });
    }

    @Override
    public Optional<StoredObject> get(String key, long maxBytes) {
      return answer(() -> super.get(key, maxBytes));
    }

    @Override
    public PutResult put(String key, MemorySegment body, PutCondition condition) {
      return answer(() -> super.put(key, body, condition));
    }

    @Override
    public Upload upload(String key) {
      return new ForwardingUpload(super.upload(key)) {
        @Override
        public CompletableFuture<Void> append(MemorySegment part) {
          return PendingTransfer.start(
              task -> Thread.ofVirtual().start(task),
              "upload " + key,
              _ -> {
                waitForAll();
                super.append(part).join();
                return null;
              });
        }

        @Override
        public ObjectInfo complete() {
          return answer(super::complete);
        }
      };
    }

    @Override
    public ObjectPage list(String prefix, String startAfter, int maxKeys) {
      return answer(() -> super.list(prefix, startAfter, maxKeys));
    }

    @Override
    public List<String> listDirectories(String prefix) {
      return answer(() -> super.listDirectories(prefix));
    }

    @Override
    public void delete(String key) {
      waitForAll();
      super.delete(key);
    }
  }
}
