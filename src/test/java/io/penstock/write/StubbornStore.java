package io.penstock.write;

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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A store in memory that fails one of its changes, or whose parts never arrive. Counts its
/// uploads.
final class StubbornStore implements Store {
  private final MemoryStore objects = new MemoryStore(() -> Instant.EPOCH);
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicInteger openUploads = new AtomicInteger();
  private final int failing;
  private final boolean partsHang;
  private final CountDownLatch firstPart = new CountDownLatch(1);
  final TransientException failure =
      new TransientException(ErrorCode.STORE_UNAVAILABLE, "the store is stubborn");

  private StubbornStore(int failing, boolean partsHang) {
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
    return objects.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    change();
    openUploads.incrementAndGet();
    return new StubbornUpload(objects.upload(key));
  }

  private final class StubbornUpload implements Upload {
    private final Upload upload;
    private final List<CompletableFuture<Void>> parts = new ArrayList<>();
    private boolean open = true;

    StubbornUpload(Upload upload) {
      this.upload = upload;
    }

    @Override
    public CompletableFuture<Void> append(MemorySegment part) {
      CompletableFuture<Void> sent = new CompletableFuture<>();
      parts.add(sent);
      if (!partsHang) {
        try {
          change();
          upload.append(part).join();
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
      return upload.complete();
    }

    @Override
    public void close() {
      parts.forEach(part -> part.completeExceptionally(failure));
      upload.close();
      end();
    }

    private void end() {
      if (open) {
        open = false;
        openUploads.decrementAndGet();
      }
    }
  }

  @Override
  public URI uri() {
    return objects.uri();
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return objects.stat(key);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return objects.read(request, landing);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    return objects.get(key, maxBytes);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    return objects.list(prefix, startAfter, maxKeys);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    return objects.listDirectories(prefix);
  }

  @Override
  public void delete(String key) {
    objects.delete(key);
  }

  @Override
  public void close() {
    objects.close();
  }
}
