package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// Passes everything on to another upload, as [ForwardingStore] does to a store. One thread at a
/// time.
public abstract class ForwardingUpload implements Upload {
  private final Upload origin;

  /// @param origin does the work
  protected ForwardingUpload(Upload origin) {
    this.origin = origin;
  }

  @Override
  public CompletableFuture<Void> append(MemorySegment part) {
    return origin.append(part);
  }

  @Override
  public ObjectInfo complete() {
    return origin.complete();
  }

  @Override
  public void close() {
    origin.close();
  }
}
