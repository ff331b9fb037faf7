package io.penstock.bench;

import io.penstock.store.ForwardingUpload;
import io.penstock.store.ObjectInfo;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// An upload whose parts are counted.
final class CountingUpload extends ForwardingUpload {
  private final Traffic traffic;

  CountingUpload(Upload upload, Traffic traffic) {
    super(upload);
    this.traffic = traffic;
  }

  @Override
  public CompletableFuture<Void> append(MemorySegment part) {
    traffic.begin();
    traffic.put(part.byteSize());
    CompletableFuture<Void> transfer = super.append(part);
    var _ = transfer.whenComplete((_, _) -> traffic.end());
    return transfer;
  }

  @Override
  public ObjectInfo complete() {
    traffic.begin();
    try {
      return super.complete();
    } finally {
      traffic.end();
    }
  }
}
