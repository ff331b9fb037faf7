package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.ObjectKeys;
import io.penstock.store.Store;
import io.penstock.testing.Fault;
import io.penstock.testing.Faults;
import io.penstock.testing.Operation;
import io.penstock.testing.SimulatedStore;
import io.penstock.testing.SimulatedWorld;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The outcomes of one commit under one fault at a time.
class PublicationTest {
  private static final String ONE = "00000000000000000001.json";

  private final SimulatedWorld world = new SimulatedWorld(3);
  private final VersionLog calm = VersionLog.create(TestParts.of(world.objects(), 1));

  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  private CommitOutcome commit(Faults faults) {
    VersionLog log = VersionLog.open(TestParts.of(world.process("writer", faults), 2));
    Session session = log.begin("main");
    return log.commit(session, TestAppends.of(session, 1));
  }

  private static Faults onPut(Fault fault) {
    return Faults.onlyAt(Operation.PUT, ONE, 0, fault);
  }

  private void assertCommittedOnce(Fault fault) {
    StoredVersion version = TestParts.committed(commit(onPut(fault)));
    world.settle();
    assertThat(version).hasToString("main:1");
    assertThat(calm.latest("main")).isEqualTo(version);
  }

  @Test
  void lostAnswerIsFoundByReadingBack() {
    assertCommittedOnce(Fault.ANSWER_LOST);
  }

  @Test
  void refusalThatIsOurOwnIsACommit() {
    assertCommittedOnce(Fault.OWN_CONDITION_FAILED);
  }

  @Test
  void requestThatIsAppliedLateIsRepeatedUntilTheNumberIsTaken() {
    assertCommittedOnce(Fault.APPLIED_LATE);
  }

  @Test
  void requestThatNeverArrivedIsRepeated() {
    for (Fault fault :
        List.of(Fault.RESET_BEFORE, Fault.UNAVAILABLE, Fault.CONFLICT, Fault.NO_CONNECTION)) {
      SimulatedWorld fresh = new SimulatedWorld(3);
      VersionLog.create(TestParts.of(fresh.objects(), 1));
      SimulatedStore store = fresh.process("writer", onPut(fault));
      StoredVersion version = TestParts.append(VersionLog.open(TestParts.of(store, 2)), "main", 1);
      assertThat(version.number()).as("%s", fault).isOne();
    }
  }

  /// Every put of the record fails in the same way.
  private static Faults always(Fault fault) {
    return request ->
        request.operation() == Operation.PUT && request.key().endsWith(ONE) ? fault : Fault.NONE;
  }

  @Test
  void outcomeIsUnknown_whenTriesAreUsedUp_andNothingIsDeleted() {
    VersionLog log =
        VersionLog.open(TestParts.of(world.process("writer", always(Fault.RESET_BEFORE)), 2));
    Session session = log.begin("main");
    CommitOutcome outcome = log.commit(session, TestAppends.of(session, 1));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            CommitOutcome.Unknown.class,
            unknown -> {
              assertThat(unknown.branch()).isEqualTo("main");
              assertThat(unknown.number()).isOne();
              assertThat(unknown.commitId()).matches("[0-9a-f]{32}");
              assertThat(unknown.message()).contains("tried 12 times");
            });
    log.close(session);
    assertThat(world.objects().stat(ObjectKeys.session(session.id()))).isPresent();
    assertThatThrownBy(() -> log.commit(session, TestAppends.of(session, 1)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("resolve it first");
    assertThatThrownBy(() -> log.resolve(session))
        .isInstanceOfSatisfying(
            io.penstock.error.OutcomeUnknownException.class,
            unknown -> assertThat(unknown.number()).isOne());
  }

  @Test
  void doubtEndsByOccupyingTheNumber_andTheSessionGoesOn() {
    List<Fault> script = new ArrayList<>(java.util.Collections.nCopies(12, Fault.RESET_BEFORE));
    Faults faults =
        request -> {
          boolean record = request.operation() == Operation.PUT && request.key().endsWith(ONE);
          return record && !script.isEmpty() ? script.removeLast() : Fault.NONE;
        };
    VersionLog log = VersionLog.open(TestParts.of(world.process("writer", faults), 2));
    Session session = log.begin("main");
    Append append = TestAppends.of(session, 1);
    assertThat(log.commit(session, append)).isInstanceOf(CommitOutcome.Unknown.class);
    assertThat(log.resolve(session)).isInstanceOf(Resolution.NotApplied.class);
    StoredVersion version = TestParts.committed(log.commit(session, append));
    assertThat(version.number()).isEqualTo(2);
    assertThat(calm.content(calm.latest("main")).fragments()).hasSize(1);
    assertThat(world.objects().stat(ObjectKeys.session(session.id()))).isEmpty();
  }

  @Test
  void interruptWhileTryingAgainEndsInDoubtAndKeepsTheFlag() {
    Store store = world.process("writer", always(Fault.RESET_BEFORE));
    VersionLog.Parts calmParts = TestParts.of(store, 2);
    VersionLog.Parts parts =
        new VersionLog.Parts(
            store, calmParts.clock(), new Random(2), Runnable::run, PublicationTest::stop, false);
    VersionLog log = VersionLog.open(parts);
    Session session = log.begin("main");
    assertThat(log.commit(session, TestAppends.of(session, 1)))
        .isInstanceOf(CommitOutcome.Unknown.class);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }

  private static void stop(Duration duration) throws InterruptedException {
    throw new InterruptedException("told to stop instead of waiting " + duration);
  }

  @Test
  void transientFailureBeforeThePutIsAFailureAndNothingWasCommitted() {
    Faults faults = Faults.onlyAt(Operation.GET, ONE, 2, Fault.UNAVAILABLE);
    assertThatThrownBy(() -> commit(faults))
        .isInstanceOfSatisfying(
            TransientException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    world.settle();
    assertThat(calm.latest("main").number()).isZero();
  }
}
