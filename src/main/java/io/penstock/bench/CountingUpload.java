package io.penstock.bench;

import io.penstock.store.ObjectInfo;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// An upload whose parts are counted.
final class CountingUpload implements Upload {
  private final Upload upload;
  private final Traffic traffic;

  CountingUpload(Upload upload, Traffic traffic) {
    this.upload = upload;
    this.traffic = traffic;
  }

  @Override
  public CompletableFuture<Void> append(MemorySegment part) {
    traffic.begin();
    traffic.put(part.byteSize());
    CompletableFuture<Void> transfer = upload.append(part);
    var _ = transfer.whenComplete((_, _) -> traffic.end());
    return transfer;
  }

  @Override
  public ObjectInfo complete() {
    traffic.begin();
    try {
      return upload.complete();
    } finally {
      traffic.end();
    }
  }

  @Override
  public void close() {
    upload.close();
  }
}
