package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.TransientException;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Fault;
import io.penstock.testing.Faults;
import io.penstock.testing.Operation;
import io.penstock.testing.SimulatedWorld;
import org.junit.jupiter.api.Test;

/// The probe tells stores that keep the condition from those that ignore it.
class StoreProbeTest {
  private final SimulatedWorld world = new SimulatedWorld(1);
  private int ids;

  private String nextName() {
    return "id" + ids++;
  }

  @Test
  void storeIsCapableAndLeftAsItWas_whenItKeepsTheCondition() {
    CountingStore store = new CountingStore(world.calm());

    assertThat(StoreProbe.probe(store, "p/", this::nextName))
        .isEqualTo(new StoreProbe.Finding.Capable());

    assertThat(world.objects().list("", "", 10).objects()).isEmpty();
    assertThat(store.requests(Operation.PUT)).isEqualTo(2);
    assertThat(store.requests()).isEqualTo(4);
  }

  @Test
  void storeIsIncapable_whenItIgnoresTheCondition() {
    Store store = world.process("p", request -> ignores(request.operation()));

    assertThat(StoreProbe.probe(store, "", this::nextName))
        .isInstanceOfSatisfying(
            StoreProbe.Finding.Incapable.class,
            found -> assertThat(found.reason()).contains("probe-id0").contains("both succeeded"));
    assertThat(world.objects().list("", "", 10).objects()).isEmpty();
  }

  private static Fault ignores(Operation operation) {
    return operation == Operation.PUT ? Fault.CONDITION_IGNORED : Fault.NONE;
  }

  @Test
  void probeBeginsAgainUnderAnotherKey_whenAnAnswerIsLost() {
    for (Fault fault :
        new Fault[] {Fault.ANSWER_LOST, Fault.CONFLICT, Fault.OWN_CONDITION_FAILED}) {
      for (long request : new long[] {0, 1}) {
        Store store = world.process("p", Faults.only(request, fault));

        assertThat(StoreProbe.probe(store, "", this::nextName))
            .as("%s at %s", fault, request)
            .isEqualTo(new StoreProbe.Finding.Capable());
      }
    }
    assertThat(world.objects().list("", "", 10).objects()).isEmpty();
  }

  @Test
  void probeIsUndecided_whenEveryAnswerIsLost() {
    Store store =
        world.process(
            "p", request -> request.operation() == Operation.PUT ? Fault.ANSWER_LOST : Fault.NONE);

    assertThat(StoreProbe.probe(store, "", this::nextName))
        .isInstanceOf(StoreProbe.Finding.Undecided.class);
    assertThat(world.objects().list("", "", 10).objects()).isEmpty();
  }

  @Test
  void failureIsTheStores_whenItCannotBeReached() {
    Store store = world.process("p", request -> Fault.NO_CONNECTION);

    assertThatThrownBy(() -> StoreProbe.probe(store, "", this::nextName))
        .isInstanceOf(TransientException.class);
  }
}
