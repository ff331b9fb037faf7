package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// A sink that keeps what it is told, and insists on the order and the number of the calls.
class RecordingSink implements GetSink {
  private final Optional<List<Landing.Slice>> slices;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicBoolean busy = new AtomicBoolean();
  private ObjectInfo info;
  private long progress;
  private GetEnd end;
  private AssertionError misuse;

  RecordingSink(List<Landing.Slice> slices) {
    this(Optional.of(slices));
  }

  /// @param slices empty: the answer is not wanted
  RecordingSink(Optional<List<Landing.Slice>> slices) {
    this.slices = slices;
  }

  /// What the answer gets; asked once.
  List<Landing.Slice> slices() {
    return slices.orElseThrow();
  }

  @Override
  public Optional<List<Landing.Slice>> begin(ObjectInfo found, InetSocketAddress from) {
    enter(info == null && end == null && from != null);
    info = found;
    busy.set(false);
    return slices.isEmpty() ? slices : Optional.of(slices());
  }

  @Override
  public void progressed(long bytes) {
    enter(info != null && end == null && bytes > 0);
    progress += bytes;
    busy.set(false);
  }

  @Override
  public void ended(GetEnd how) {
    enter(end == null);
    end = how;
    busy.set(false);
    over.countDown();
  }

  private void enter(boolean inOrder) {
    if (!busy.compareAndSet(false, true) || !inOrder) {
      misuse = new AssertionError("a call out of order, or two at a time");
    }
  }

  void await() throws InterruptedException {
    over.await();
  }

  boolean hasEnded() {
    return over.getCount() == 0;
  }

  boolean hasBegun() {
    return info != null;
  }

  GetEnd end() {
    if (misuse != null) {
      throw misuse;
    }
    return end;
  }

  ObjectInfo info() {
    return info;
  }

  long progress() {
    return progress;
  }
}
