package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// A transfer is done only when nobody touches the lent memory any more.
class PendingTransferTest {
  private final Deque<Runnable> queue = new ArrayDeque<>();

  @Test
  void workNeverRuns_whenCancelledBeforeItBegan() {
    AtomicInteger runs = new AtomicInteger();
    PendingTransfer<Integer> transfer =
        PendingTransfer.start(queue::add, "t", _ -> runs.incrementAndGet());

    assertThat(transfer.cancel(true)).isTrue();
    queue.remove().run();

    assertThat(transfer).isCancelled();
    assertThat(runs).hasValue(0);
  }

  @Test
  void futureIsNotDone_whileTheWorkStillRunsAfterItWasCancelled() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    PendingTransfer<Integer> transfer =
        PendingTransfer.start(
            task -> Thread.ofVirtual().start(task),
            "t",
            running -> {
              began.countDown();
              awaitGo(go);
              running.stopIfCancelled();
              return 1;
            });
    began.await();

    assertThat(transfer.cancel(true)).isFalse();
    assertThat(transfer).isNotDone();
    go.countDown();

    assertThatThrownBy(transfer::join).isInstanceOf(CancellationException.class);
    assertThat(transfer).isCancelled();
  }

  @Test
  void waitIsBrokenOff_whenCancelled() {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch wait = new CountDownLatch(1);
    PendingTransfer<Integer> transfer =
        PendingTransfer.start(
            task -> Thread.ofVirtual().start(task),
            "t",
            running -> {
              running.whenCancelled(wait::countDown);
              began.countDown();
              awaitGo(wait);
              throw new TransientException(ErrorCode.STORE_UNAVAILABLE, "broken off");
            });
    awaitGo(began);

    transfer.cancel(true);

    assertThatThrownBy(transfer::join).isInstanceOf(CancellationException.class);
  }

  @Test
  void failureIsTyped_whenTheThreadsAreClosed() {
    PendingTransfer<Integer> transfer =
        PendingTransfer.start(
            _ -> {
              throw new RejectedExecutionException();
            },
            "read k",
            _ -> 1);

    assertThatThrownBy(() -> PendingTransfer.await(transfer, "read k"))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED))
        .hasMessageContaining("read k");
  }

  @Test
  void waitingEndsAndTheFlagStays_whenTheWaiterIsInterrupted() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> PendingTransfer.await(new CompletableFuture<>(), "read k"))
        .isInstanceOfSatisfying(
            TransientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERRUPTED));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void errorsPassThrough_whenTheWorkThrowsOne() {
    AssertionError error = new AssertionError("a bug");
    PendingTransfer<Integer> transfer =
        PendingTransfer.start(
            Runnable::run,
            "t",
            _ -> {
              throw error;
            });

    assertThatThrownBy(() -> PendingTransfer.await(transfer, "t")).isSameAs(error);
  }

  private static void awaitGo(CountDownLatch go) {
    try {
      go.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
