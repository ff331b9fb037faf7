package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.load.Batch;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Telling of batches that nobody closes.
class OpenBatchesTest {
  private record Told(String text, @Nullable Throwable site) {}

  private final List<Told> told = new ArrayList<>();
  private final OpenBatches open =
      new OpenBatches(true, (text, site) -> told.add(new Told(text, site)));

  /// Batch 3 of epoch 1.
  private static Batch batch() {
    return (Batch)
        Proxy.newProxyInstance(
            Batch.class.getClassLoader(),
            new Class<?>[] {Batch.class},
            (_, method, _) -> method.getName().equals("index") ? 3L : 1L);
  }

  @Test
  void aDroppedBatchIsToldOnce_withWhereItWasTaken() {
    OpenBatches.Handle handle = open.handedOut(batch());
    open.reportLost();
    assertThat(told).isEmpty();
    handle.enqueue(); // as the garbage collector does
    open.reportLost();
    open.reportLost();
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().text())
        .contains("batch 3 of epoch 1 was dropped without being closed");
    assertThat(told.getFirst().site().getStackTrace()[1].getMethodName())
        .isEqualTo("aDroppedBatchIsToldOnce_withWhereItWasTaken");
    assertThat(open.count()).isEqualTo(1);
  }

  @Test
  void aClosedBatchIsNoLoss() {
    OpenBatches.Handle handle = open.handedOut(batch());
    handle.close();
    handle.enqueue();
    open.reportLost();
    open.reportOpen();
    assertThat(told).isEmpty();
    assertThat(open.count()).isZero();
  }

  @Test
  void openBatchesAreTold_whenTheLoaderIsClosed() {
    Batch batch = batch();
    OpenBatches.Handle handle = open.handedOut(batch);
    open.reportOpen();
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().text()).contains("batch 3 of epoch 1 is open");
    handle.close();
  }

  @Test
  void theHintSaysHowToFindThePlace_whenPlacesAreNotNoted() {
    OpenBatches quiet = new OpenBatches(false, (text, site) -> told.add(new Told(text, site)));
    quiet.handedOut(batch()).enqueue();
    quiet.reportLost();
    assertThat(told.getFirst().text())
        .endsWith("-Dpenstock.buffer.checked=true tells where it was taken");
    assertThat(told.getFirst().site()).isNull();
  }
}
