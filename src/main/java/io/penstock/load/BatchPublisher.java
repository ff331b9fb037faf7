package io.penstock.load;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// The batches of an epoch, to subscribers. What a subscription is, [LoaderFlux] says.
final class BatchPublisher implements Publisher<Batch> {
  private final Loader loader;

  BatchPublisher(Loader loader) {
    this.loader = loader;
  }

  @Override
  public void subscribe(Subscriber<? super Batch> subscriber) {
    subscriber.onSubscribe(new Epoch(loader, subscriber));
  }

  /// One subscription.
  private static final class Epoch implements Subscription {
    /*
     * Whoever raises `work` from 0 does what there is to do, and again as long as others raised it
     * meanwhile: so the loader is asked for one batch at a time, and signals never overlap, however
     * many threads request.
     */
    private final Loader loader;
    private final Subscriber<? super Batch> subscriber;
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger();
    private volatile boolean over;
    private volatile @Nullable CompletableFuture<Optional<Batch>> pending;

    Epoch(Loader loader, Subscriber<? super Batch> subscriber) {
      this.loader = loader;
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      if (count <= 0) {
        cancel();
        subscriber.onError(new IllegalArgumentException("request(" + count + "): rule 3.9"));
        return;
      }
      requested.accumulateAndGet(count, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
      go();
    }

    @Override
    public void cancel() {
      over = true;
      CompletableFuture<Optional<Batch>> running = pending;
      if (running != null) {
        running.cancel(true);
      }
    }

    private void go() {
      if (work.getAndIncrement() != 0) {
        return;
      }
      int done = 1;
      do {
        if (!over && pending == null && requested.get() > 0) {
          ask();
        }
        done = work.addAndGet(-done);
      } while (done != 0);
    }

    private void ask() {
      CompletableFuture<Optional<Batch>> next = loader.nextAsync();
      pending = next;
      if (over) {
        next.cancel(true); // cancel() may have looked before
      }
      var _ =
          next.whenComplete((batch, failure) -> {
            if (failure != null) {
              failed(failure);
            } else {
              arrived(batch);
            }
          });
    }

    private void arrived(Optional<Batch> batch) {
      if (over) {
        batch.ifPresent(Batch::close);
        return;
      }
      if (batch.isEmpty()) {
        over = true;
        subscriber.onComplete();
        return;
      }
      requested.updateAndGet(count -> count == Long.MAX_VALUE ? count : count - 1);
      subscriber.onNext(batch.get());
      pending = null;
      go();
    }

    private void failed(Throwable failure) {
      if (!over) {
        over = true;
        subscriber.onError(failure);
      }
    }
  }
}
