package io.penstock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.Landing;
import io.penstock.store.LocalStore;
import io.penstock.store.MemoryStore;
import io.penstock.store.PutCondition;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreContractTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store that counts behaves as the one behind it.
class CountingStoreTest extends StoreContractTest {
  @Override
  protected Store openEmpty() {
    return new CountingStore(new MemoryStore(() -> Instant.EPOCH), new Traffic());
  }

  @Test
  void readIsNotDoneBeforeItsMemoryIsFree_whenItIsCancelledOnTheWay(@TempDir Path folder)
      throws Exception {
    CountDownLatch landing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (ExecutorService transfers = Executors.newSingleThreadExecutor();
        Store store = new CountingStore(new LocalStore(folder, transfers), new Traffic());
        Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(4);
      store.put("key", target, PutCondition.NONE);
      Landing slow =
          () -> {
            landing.countDown();
            awaitUninterruptibly(release);
            return Landing.into(target).slices();
          };
      CompletableFuture<?> read = store.read(RangeRequest.of("key", 0, 4), slow);
      landing.await();
      read.cancel(true);
      assertThat(read.isDone()).isFalse();
      release.countDown();
      assertThat(read.handle((_, _) -> true).get()).isTrue();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
