package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.MemoryStore;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Fault;
import io.penstock.testing.Faults;
import io.penstock.testing.Operation;
import io.penstock.testing.SimulatedWorld;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConditionsTest {
  // Specification: V1-COM-10

  private static final Faults IGNORES_CONDITIONS =
      request -> request.operation() == Operation.PUT ? Fault.CONDITION_IGNORED : Fault.NONE;

  private final SimulatedWorld world = new SimulatedWorld(5);

  @Test
  void storeThatIgnoresConditionsIsRefused_andNothingIsMade() {
    VersionLog.Parts parts = TestParts.of(world.process("writer", IGNORES_CONDITIONS), 1);
    assertThatThrownBy(() -> VersionLog.create(parts))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.STORE_INCAPABLE))
        .hasMessageContaining("single writer");
    assertThat(world.objects().list("", "", 10).objects()).isEmpty();
  }

  @Test
  void storeThatIgnoresConditionsIsAccepted_underThePromiseOfASingleWriter() {
    VersionLog.Parts parts = TestParts.of(world.process("writer", IGNORES_CONDITIONS), 1);
    VersionLog log =
        VersionLog.create(
            new VersionLog.Parts(
                parts.store(), parts.clock(), new Random(2), Runnable::run, _ -> {}, true));
    assertThat(TestParts.append(log, "main", 1).number()).isOne();
    assertThat(TestParts.append(log, "main", 1).number()).isEqualTo(2);
  }

  @Test
  void aLogProbesBeforeItsFirstWriteAndNeverAgain() {
    MemoryStore memory = TestParts.memory();
    VersionLog.create(TestParts.of(memory, 1));
    CountingStore store = new CountingStore(memory);
    VersionLog log = VersionLog.open(TestParts.of(store, 2));
    log.latest("main");
    assertThat(store.requests(Operation.PUT)).as("opening and reading write nothing").isZero();
    TestParts.append(log, "main", 1);
    long first = store.requests();
    TestParts.append(log, "main", 1);
    TestParts.append(log, "main", 1);
    assertThat(store.trace().stream().filter(line -> line.contains("probe")).count()).isEqualTo(4);
    assertThat(store.requests()).isGreaterThan(first);
    assertThat(memory.list("__penstock/probes/", "", 10).objects()).isEmpty();
  }
}
