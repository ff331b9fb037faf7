package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// Lets only so many blocking requests of one writer go to the store at once. Thread-safe.
final class StoreGate {
  /// Enough to hide the latency of a store, few enough for the connections of a client: the SDK's
  /// HTTP client has 50.
  private static final int REQUESTS = 16;

  private final Store store;
  private final Semaphore free = new Semaphore(REQUESTS, true);

  StoreGate(Store store) {
    this.store = store;
  }

  /// Makes a request. Waits for its turn and for its end.
  <T> T pass(Supplier<T> request) {
    try {
      free.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientException(
          ErrorCode.INTERRUPTED, "interrupted while waiting for the store", e);
    }
    try {
      return request.get();
    } finally {
      free.release();
    }
  }

  /// Puts an object under a key that nobody else writes. Waits.
  void put(String key, MemorySegment body) {
    switch (pass(() -> store.put(key, body, PutCondition.NONE))) {
      case PutResult.Stored _ -> {}
      case PutResult.Exists _ ->
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE, "put " + key + ": the store says that it exists");
      case PutResult.Unknown unknown ->
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE, "put " + key + ": " + unknown.reason());
    }
  }
}
