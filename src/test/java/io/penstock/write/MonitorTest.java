package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// Whoever waits gets what somebody else's change makes possible, and loses nothing.
class MonitorTest {
  private final Monitor monitor = new Monitor();
  private final ArrayDeque<String> gifts = new ArrayDeque<>();
  private final CountDownLatch attempted = new CountDownLatch(1);
  private final CompletableFuture<String> got = new CompletableFuture<>();
  private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();

  private Thread waiting() throws InterruptedException {
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                got.complete(
                    monitor.await(() -> {
                      attempted.countDown();
                      return Optional.ofNullable(gifts.poll());
                    }));
              } catch (RuntimeException e) {
                got.completeExceptionally(e);
              }
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    attempted.await();
    return thread;
  }

  @Test
  void whatWasGivenIsNotLost_whenTheWaiterIsInterruptedAtThatMoment() throws Exception {
    Thread waiting = waiting();
    monitor.update(() -> {
      gifts.add("a gift");
      waiting.interrupt();
    });
    assertThat(got.join()).isEqualTo("a gift");
    assertThat(interrupted.join()).isTrue();
    assertThat(monitor.failed()).isFalse();
  }

  @Test
  void anInterruptIsAFailure_whenNothingWasGivenBefore() throws Exception {
    waiting().interrupt();
    assertThatThrownBy(got::join)
        .cause()
        .isInstanceOfSatisfying(
            TransientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERRUPTED));
    assertThat(interrupted.join()).isTrue();
    monitor.update(() -> gifts.add("too late"));
    assertThat(gifts).containsExactly("too late");
  }

  @Test
  void oneWhoBeginsToWaitServesAnother_whenItsOwnAttemptHelpedThat() throws Exception {
    waiting();
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              Boolean _ =
                  monitor.await(() -> {
                    if (!got.isDone() && gifts.isEmpty()) {
                      monitor.update(() -> gifts.add("by the way"));
                    }
                    return got.isDone() ? Optional.of(true) : Optional.empty();
                  });
            });
    assertThat(got.join()).isEqualTo("by the way");
    monitor.update(() -> {});
    other.join();
  }
}
