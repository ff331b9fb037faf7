package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreCounts;
import java.util.concurrent.CompletableFuture;

/// Reads ranges until they are whole or nothing helps. Thread-safe.
interface RangeReads extends AutoCloseable {
  /// Reads a range, as [io.penstock.store.Store#read].
  CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing);

  /// What they have repeated so far, beyond what is counted elsewhere.
  StoreCounts counts();

  /// Breaks reads off; returns when no lent memory is touched any more.
  @Override
  void close();
}
