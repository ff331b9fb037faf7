package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.ForwardingStore;
import io.penstock.store.ForwardingUpload;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A store in memory that fails one of its changes, or whose parts never arrive. Counts its
/// uploads.
final class StubbornStore extends ForwardingStore {
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicInteger openUploads = new AtomicInteger();
  private final int failing;
  private final boolean partsHang;
  private final CountDownLatch firstPart = new CountDownLatch(1);
  final TransientException failure =
      new TransientException(ErrorCode.STORE_UNAVAILABLE, "the store is stubborn");

  private StubbornStore(int failing, boolean partsHang) {
    super(new MemoryStore(() -> Instant.EPOCH));
    this.failing = failing;
    this.partsHang = partsHang;
  }

  /// Fails the change of this number, counted from 0: puts, beginnings, parts and ends of uploads.
  static StubbornStore failingAt(int change) {
    return new StubbornStore(change, false);
  }

  /// Takes parts that never arrive.
  static StubbornStore hanging() {
    return new StubbornStore(-1, true);
  }

  /// Changes so far.
  int changes() {
    return changes.get();
  }

  /// Uploads that were neither completed nor discarded.
  int openUploads() {
    return openUploads.get();
  }

  /// Waits until a part is on its way.
  void awaitFirstPart() throws InterruptedException {
    firstPart.await();
  }

  private void change() {
    if (changes.getAndIncrement() == failing) {
      throw failure;
    }
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    change();
    return super.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    change();
    openUploads.incrementAndGet();
    return new StubbornUpload(super.upload(key));
  }

  private final class StubbornUpload extends ForwardingUpload {
    private final List<CompletableFuture<Void>> parts = new ArrayList<>();
    private boolean open = true;

    StubbornUpload(Upload upload) {
      super(upload);
    }

    @Override
    public CompletableFuture<Void> append(MemorySegment part) {
      CompletableFuture<Void> sent = new CompletableFuture<>();
      parts.add(sent);
      if (!partsHang) {
        try {
          change();
          super.append(part).join();
          sent.complete(null);
        } catch (TransientException e) {
          sent.completeExceptionally(e);
        }
      }
      firstPart.countDown();
      return sent;
    }

    @Override
    public ObjectInfo complete() {
      parts.forEach(CompletableFuture::join);
      change();
      end();
      return super.complete();
    }

    @Override
    public void close() {
      parts.forEach(part -> part.completeExceptionally(failure));
      super.close();
      end();
    }

    private void end() {
      if (open) {
        open = false;
        openUploads.decrementAndGet();
      }
    }
  }
}
