package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CodecThreadsTest {
  @Test
  void runsTasksInTheirOrder_whenThereIsOneThread() {
    List<Integer> ran = new ArrayList<>();
    try (CodecThreads threads = new CodecThreads(1)) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        threads.submit(_ -> ran.add(number));
      }
    }

    assertThat(ran).hasSize(100).isSorted();
  }

  @Test
  void runsAsManyTasksAtOnce_asThereAreThreads() {
    CountDownLatch all = new CountDownLatch(3);
    AtomicInteger met = new AtomicInteger();
    try (CodecThreads threads = new CodecThreads(3)) {
      for (int i = 0; i < 3; i++) {
        threads.submit(_ -> {
          all.countDown();
          await(all);
          met.incrementAndGet();
        });
      }
    }

    assertThat(met).hasValue(3);
  }

  @Test
  void givesEachThreadOneContextOfItsOwn() {
    Map<Thread, CodecContext> contexts = new ConcurrentHashMap<>();
    CountDownLatch both = new CountDownLatch(2);
    try (CodecThreads threads = new CodecThreads(2)) {
      for (int i = 0; i < 2; i++) {
        threads.submit(context -> {
          contexts.put(Thread.currentThread(), context);
          both.countDown();
          await(both);
        });
      }
      for (int i = 0; i < 50; i++) {
        threads.submit(
            context -> assertThat(context).isSameAs(contexts.get(Thread.currentThread())));
      }
    }

    assertThat(contexts).hasSize(2).values().doesNotHaveDuplicates();
    assertThat(contexts.values())
        .allSatisfy(context ->
            assertThatThrownBy(() -> context.scratch(0, 1))
                .as("closed with its thread")
                .isInstanceOf(IllegalStateException.class));
  }

  @Test
  void goesOn_whenATaskFails() {
    List<Throwable> uncaught = new ArrayList<>();
    AtomicInteger ran = new AtomicInteger();
    RuntimeException failure = new IllegalStateException("planted");
    try (CodecThreads threads = new CodecThreads(1)) {
      threads.submit(_ -> {
        Thread.currentThread().setUncaughtExceptionHandler((_, e) -> uncaught.add(e));
        throw failure;
      });
      threads.submit(_ -> ran.incrementAndGet());
    }

    assertThat(uncaught).containsExactly(failure);
    assertThat(ran).hasValue(1);
  }

  @Test
  void refusesTasks_whenItIsClosed() {
    CodecThreads threads = new CodecThreads(1);
    threads.close();
    threads.close();

    assertThatThrownBy(() -> threads.submit(_ -> {}))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
  }

  @Test
  void keepsTheInterrupt_whenItComesDuringClose() {
    CodecThreads threads = new CodecThreads(1);
    AtomicInteger ran = new AtomicInteger();
    threads.submit(_ -> ran.incrementAndGet());
    Thread.currentThread().interrupt();
    threads.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(ran).hasValue(1);
  }

  @Test
  void refusesToStart_withoutAThread() {
    assertThatThrownBy(() -> new CodecThreads(0)).isInstanceOf(RefusedException.class);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
