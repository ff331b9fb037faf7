package io.penstock.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.Landing;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.RangeRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Requests that can be under way at once are one wait; those that depend on each other are
/// several.
class SerialWaitsTest {
  private final MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
  private final SerialWaits waits = new SerialWaits();

  @Test
  void everyRequestIsAWait_whenOneThreadMakesThemInTurn() {
    waits.run(
        store,
        counted -> {
          counted.put("k", MemorySegment.ofArray(new byte[1]), PutCondition.NONE);
          assertThat(counted.stat("k")).isPresent();
          assertThat(counted.get("k", 1)).isPresent();
        });

    assertThat(waits.requestsTogether()).containsExactly(1, 1, 1);
  }

  @Test
  void readsAreOneWait_whenTheyAreStartedBeforeAnyIsWaitedFor() {
    store.put("k", MemorySegment.ofArray(new byte[100]), PutCondition.NONE);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(100);
      waits.run(
          store,
          counted -> {
            List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
              reads.add(
                  counted.read(RangeRequest.of("k", i, 1), Landing.into(target.asSlice(i, 1))));
            }
            reads.forEach(CompletableFuture::join);
            assertThat(counted.stat("k")).isPresent();
          });
    }

    assertThat(waits.requestsTogether()).containsExactly(10, 1);
  }

  @Test
  void requestsOfSeveralThreadsAreOneWait_whenTheThreadsRunAtOnce() {
    waits.run(
        store,
        counted -> {
          try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> chains = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
              chains.add(
                  threads.submit(() -> {
                    counted.stat("a");
                    counted.stat("b");
                  }));
            }
            for (Future<?> chain : chains) {
              chain.get();
            }
          }
        });

    assertThat(waits.requestsTogether()).containsExactly(3, 3);
    assertThat(waits.count()).isEqualTo(2);
  }

  @Test
  void codeThatWaitsForSomethingElseIsAFailure() {
    assertThatThrownBy(() -> waits.run(store, _ -> new CountDownLatch(1).await()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("something else");
  }

  @Test
  void failureOfTheCodeIsSeen() {
    assertThatThrownBy(() ->
            waits.run(
                store,
                counted -> {
                  throw new IllegalStateException("broken");
                }))
        .isInstanceOf(AssertionError.class)
        .hasRootCauseMessage("broken");
  }
}
