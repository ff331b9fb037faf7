package io.penstock.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.TransientException;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The simulated store does to each request what its fault says.
class SimulatedStoreTest {
  private final SimulatedWorld world = new SimulatedWorld(1);

  @Test
  void objectIsThereAndOutcomeUnknown_whenTheAnswerIsLost() {
    Store store = world.process("p", Faults.only(0, Fault.ANSWER_LOST));

    assertThat(create(store, "k", "a")).isInstanceOf(PutResult.Unknown.class);

    assertThat(text("k")).isEqualTo("a");
    assertThat(create(store, "k", "b")).isEqualTo(new PutResult.Exists());
  }

  @Test
  void objectIsNotThere_whenTheStoreDidNotAct() {
    for (Fault fault : List.of(Fault.RESET_BEFORE, Fault.UNAVAILABLE, Fault.CONFLICT)) {
      Store store = world.process("p", Faults.only(0, fault));

      assertThat(create(store, fault.name(), "a")).isInstanceOf(PutResult.Unknown.class);

      assertThat(world.objects().stat(fault.name())).isEmpty();
    }
  }

  @Test
  void objectComesLater_whenAppliedLate() {
    Store store = world.process("p", Faults.only(0, Fault.APPLIED_LATE));

    assertThat(create(store, "k", "a")).isInstanceOf(PutResult.Unknown.class);
    assertThat(world.objects().stat("k")).isEmpty();
    for (int i = 0; i < 25; i++) {
      store.stat("other");
    }

    assertThat(text("k")).isEqualTo("a");
  }

  @Test
  void lateCreationChangesNothing_whenTheKeyIsTakenByThen() {
    Store store = world.process("p", Faults.only(0, Fault.APPLIED_LATE));
    create(store, "k", "late");
    create(world.calm(), "k", "first");

    world.settle();

    assertThat(text("k")).isEqualTo("first");
  }

  @Test
  void appliedCreationSaysExists_whenItsRepetitionMetItself() {
    Store store = world.process("p", Faults.only(0, Fault.OWN_CONDITION_FAILED));

    assertThat(create(store, "k", "a")).isEqualTo(new PutResult.Exists());

    assertThat(text("k")).isEqualTo("a");
  }

  @Test
  void everyRequestFails_whenTheProcessHasCrashed() {
    for (Fault how : List.of(Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.CRASH_APPLIED_LATE)) {
      Store store = world.process("p", Faults.crashAt(1, how));
      store.stat("k");

      assertThatThrownBy(() -> create(store, how.name(), "a")).isInstanceOf(SimulatedCrash.class);
      assertThatThrownBy(() -> store.stat("k")).isInstanceOf(SimulatedCrash.class);

      assertThat(world.objects().stat(how.name()).isPresent()).isEqualTo(how == Fault.CRASH_AFTER);
    }
    world.settle();
    assertThat(text(Fault.CRASH_APPLIED_LATE.name())).isEqualTo("a");
    assertThat(world.objects().stat(Fault.CRASH_BEFORE.name())).isEmpty();
  }

  @Test
  void readsAndDeletesFail_whenTheStoreIsUnavailable() {
    Store store = world.process("p", request -> Fault.UNAVAILABLE);

    assertThatThrownBy(() -> store.get("k", 1)).isInstanceOf(TransientException.class);
    assertThatThrownBy(() -> store.delete("k")).isInstanceOf(TransientException.class);
    assertThatThrownBy(() -> store.list("", "", 1)).isInstanceOf(TransientException.class);
  }

  @Test
  void sameSeedGivesTheSameRun() {
    assertThat(run(42)).isEqualTo(run(42)).isNotEqualTo(run(43));
  }

  private static List<String> run(long seed) {
    SimulatedWorld world = new SimulatedWorld(seed);
    Store store = world.process("p", Faults.mix(seed));
    for (int i = 0; i < 200; i++) {
      try {
        create(store, "k" + i % 7, "v" + i);
        store.list("", "", 10);
        store.delete("k" + i % 5);
      } catch (TransientException expected) {
        assertThat(expected).hasMessageContaining("simulated");
      }
    }
    return world.trace();
  }

  @Test
  void listingLeavesOutOrRepeats_whenItLies() {
    for (int i = 0; i < 100; i++) {
      create(world.calm(), "k" + i, "v");
    }
    Store store = world.process("p", request -> Fault.LISTING_LIES);

    List<ObjectInfo> told = store.list("", "", 1_000).objects();

    List<ObjectInfo> truth = world.objects().list("", "", 1_000).objects();
    assertThat(told).isNotEqualTo(truth);
    assertThat(truth).containsAll(told);
  }

  @Test
  void failureCarriesSeedFaultsAndTrace_whenACheckFails() {
    Store store = world.process("p", Faults.only(0, Fault.ANSWER_LOST));

    assertThatThrownBy(() ->
            world.check(() -> {
              create(store, "key", "a");
              assertThat(1).isEqualTo(2);
            }))
        .hasMessageContaining("seed 1")
        .hasMessageContaining("ANSWER_LOST at request 0")
        .hasMessageContaining("1 p/0 PUT key ANSWER_LOST → Unknown");
  }

  private static PutResult create(Store store, String key, String text) {
    return store.put(
        key,
        MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)),
        PutCondition.CREATE_ONLY);
  }

  private String text(String key) {
    return new String(
        world.objects().get(key, 100).orElseThrow().content(), StandardCharsets.UTF_8);
  }
}
