package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionContent;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class VersionLogTest {
  // Specification: V1-REF-01, V1-REF-02, V1-REF-03, V1-REF-04, V1-REF-05, V1-REF-06, V1-REC-05,
  // V1-REC-11, V1-REC-12, V1-PAG-05, V1-SES-01, V1-SES-02, V1-DIG-05

  private final MemoryStore store = TestParts.memory();

  private VersionLog created() {
    return VersionLog.create(TestParts.of(store, 1));
  }

  private static void assertCode(ThrowingCallable call, ErrorCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            PenstockException.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }

  private static List<String> names(List<RefRecord> refs) {
    return refs.stream().map(RefRecord::name).toList();
  }

  private static List<Long> numbers(VersionLog log, StoredVersion newest) {
    List<Long> numbers = new ArrayList<>();
    log.history(newest).forEachRemaining(version -> numbers.add(version.number()));
    return numbers;
  }

  @Test
  void newDatasetHasAnEmptyVersionZero() {
    VersionLog log = created();
    StoredVersion version = log.latest("main");
    assertThat(version).hasToString("main:0");
    assertThat(version.record().operation()).isEqualTo(Operation.CREATE);
    assertThat(version.record().samples()).isZero();
    assertThat(version.record().schema().tensors()).isEmpty();
    assertThat(VersionLog.open(TestParts.of(store, 2)).root()).isEqualTo(log.root());
  }

  @Test
  void creatingTwiceIsRefused() {
    created();
    assertCode(() -> VersionLog.create(TestParts.of(store, 2)), ErrorCode.DATASET_EXISTS);
  }

  @Test
  void openingNothingIsNotFound() {
    assertCode(() -> VersionLog.open(TestParts.of(store, 1)), ErrorCode.DATASET_NOT_FOUND);
  }

  @Test
  void appendsGoBehindEachOther() {
    VersionLog log = created();
    StoredVersion one = TestParts.append(log, "main", 2);
    StoredVersion two = TestParts.append(log, "main", 1);
    assertThat(two.record().parent()).contains(one.link());
    assertThat(log.latest("main")).isEqualTo(two);
    VersionContent content = log.content(two);
    assertThat(content.samples()).isEqualTo(30);
    assertThat(two.record().nextSampleId()).isEqualTo(30);
    assertThat(content.fragments())
        .extracting(FragmentEntry::firstSampleId)
        .containsExactly(0L, 10L, 20L);
    assertThat(two.record().layouts()).as("equal layouts are shared").hasSize(1);
  }

  @Test
  void differentLayoutsAreAddedToTheTable() {
    VersionLog log = created();
    TestParts.append(log, "main", 1);
    Session session = log.begin("main");
    Append.NewFragment other =
        new Append.NewFragment(
            TestAppends.layout("x", DataType.INT32, 128),
            TestAppends.entry(session.newFragmentId(), "x"));
    Append append = Append.of(TestAppends.SCHEMA, List.of(other), "");
    StoredVersion version = TestParts.committed(log.commit(session, append));
    assertThat(version.record().layouts()).hasSize(2);
    assertThat(version.record().fragments())
        .extracting(FragmentEntry::layout)
        .containsExactly(0, 1);
  }

  @Test
  void commitOfASessionThatFellBehindIsRebased() {
    VersionLog log = created();
    Session slow = log.begin("main");
    for (int i = 0; i < 40; i++) {
      TestParts.append(log, "main", 1);
    }
    StoredVersion version = TestParts.committed(log.commit(slow, TestAppends.of(slow, 1)));
    assertThat(version.number()).isEqualTo(41);
    assertThat(version.record().samples()).isEqualTo(410);
  }

  @Test
  void sessionIsClosedByItsCommit() {
    VersionLog log = created();
    Session session = log.begin("main");
    Append append = TestAppends.of(session, 1);
    assertThat(store.stat("__penstock/sessions/" + session.id() + ".json")).isPresent();
    TestParts.committed(log.commit(session, append));
    assertThat(store.stat("__penstock/sessions/" + session.id() + ".json")).isEmpty();
    assertCode(() -> log.commit(session, append), ErrorCode.CLOSED);
    assertCode(() -> log.renew(session), ErrorCode.CLOSED);
  }

  @Test
  void closedSessionLeavesNoObject() {
    VersionLog log = created();
    Session session = log.begin("main");
    log.renew(session);
    log.close(session);
    log.close(session);
    assertThat(store.list("__penstock/sessions/", "", 10).objects()).isEmpty();
    assertCode(() -> log.commit(session, TestAppends.of(session, 1)), ErrorCode.CLOSED);
  }

  @Test
  void preconditionThatNoLongerHoldsIsAConflict() {
    VersionLog log = created();
    StoredVersion seen = log.latest("main");
    Session session = log.begin("main");
    StoredVersion winner = TestParts.append(log, "main", 1);
    Append append = TestAppends.of(session, 1);
    CommitOutcome outcome =
        log.commit(
            session,
            new Append(
                append.schema(),
                append.fragments(),
                "",
                "",
                Map.of(),
                Optional.empty(),
                Optional.of(seen.link())));
    assertThat(outcome)
        .isEqualTo(
            new CommitOutcome.Conflict(
                winner.link(), "the commit is based on main:0, the newest is main:1"));
    assertThat(TestParts.committed(log.commit(session, append)).number())
        .as("the session goes on")
        .isEqualTo(2);
  }

  @Test
  void concurrentSchemaClashNamesWhatClashed() {
    VersionLog log = created();
    Session session = log.begin("main");
    TestParts.append(log, "main", 1);
    CommitOutcome outcome =
        log.commit(session, Append.of(TestAppends.schema("x", DataType.FLOAT32), List.of(), ""));
    assertThat(outcome).isInstanceOf(CommitOutcome.Conflict.class);
    assertThat(((CommitOutcome.Conflict) outcome).message())
        .contains("tensor \"x\"")
        .contains("int32")
        .contains("float32")
        .contains("main:1");
  }

  @Test
  void appendThatNeverFittedIsRefused() {
    VersionLog log = created();
    TestParts.append(log, "main", 1);
    Session session = log.begin("main");
    Append other = Append.of(TestAppends.schema("y", DataType.INT32), List.of(), "");
    assertCode(() -> log.commit(session, other), ErrorCode.INVALID_ARGUMENT);
    Append foreign =
        Append.of(
            TestAppends.SCHEMA,
            List.of(
                new Append.NewFragment(
                    TestAppends.LAYOUT, TestAppends.entry("somebodyelse-0", "x"))),
            "");
    assertCode(() -> log.commit(session, foreign), ErrorCode.INVALID_ARGUMENT);
    assertThat(log.latest("main").number()).isEqualTo(1);
  }

  @Test
  void timesNeverFallAlongTheHistory() {
    VersionLog log = created();
    Clock slow = Clock.fixed(TestParts.START.minusSeconds(3600), ZoneOffset.UTC);
    VersionLog late = VersionLog.open(TestParts.of(store, slow, 5));
    assertThat(TestParts.append(late, "main", 1).record().time()).isEqualTo(TestParts.START);
    assertThat(log.latest("main").record().time()).isEqualTo(TestParts.START);
  }

  @Test
  void versionsAreFoundByTime() {
    created();
    for (int day = 1; day <= 5; day++) {
      Clock clock = Clock.fixed(TestParts.START.plus(Duration.ofDays(day)), ZoneOffset.UTC);
      VersionLog log = VersionLog.open(TestParts.of(store, clock, 10 + day));
      TestParts.append(log, "main", 1);
      if (day == 3) {
        log.createBranch("work", log.latest("main").link());
      }
    }
    VersionLog log = VersionLog.open(TestParts.of(store, 99));
    Instant dayTwo = TestParts.START.plus(Duration.ofDays(2));
    assertThat(log.asOf("main", dayTwo)).hasToString("main:2");
    assertThat(log.asOf("main", dayTwo.plusMillis(-1))).hasToString("main:1");
    assertThat(log.asOf("main", dayTwo.plus(Duration.ofDays(300)))).hasToString("main:5");
    assertThat(log.asOf("work", dayTwo)).as("across the branch point").hasToString("main:2");
    assertCode(() -> log.asOf("main", TestParts.START.minusMillis(1)), ErrorCode.VERSION_NOT_FOUND);
  }

  @Test
  void branchGoesOnWithTheNumberOfItsStart() {
    VersionLog log = created();
    TestParts.append(log, "main", 1);
    StoredVersion start = TestParts.append(log, "main", 1);
    TestParts.append(log, "main", 1);
    log.createBranch("work", start.link());
    assertThat(log.latest("work")).isEqualTo(start);
    StoredVersion own = TestParts.append(log, "work", 1);
    assertThat(own).hasToString("work:3");
    assertThat(own.record().parent()).contains(start.link());
    assertThat(log.at("work", 3)).isEqualTo(own);
    assertThat(log.at("work", 2)).isEqualTo(start);
    assertThat(log.at("work", 1)).hasToString("main:1");
    assertThat(log.at("main", 3)).hasToString("main:3");
    assertThat(numbers(log, own)).containsExactly(3L, 2L, 1L, 0L);
    assertCode(() -> log.at("work", 4), ErrorCode.VERSION_NOT_FOUND);
    assertCode(() -> log.at("main", -1), ErrorCode.VERSION_NOT_FOUND);
  }

  @Test
  void historyOfManyVersionsIsWhole() {
    VersionLog log = created();
    for (int i = 0; i < 50; i++) {
      TestParts.append(log, "main", 1);
    }
    log.createBranch("work", log.at("main", 33).link());
    StoredVersion newest = log.latest("work");
    for (int i = 0; i < 20; i++) {
      newest = TestParts.append(log, "work", 1);
    }
    List<Long> numbers = numbers(log, newest);
    assertThat(numbers).hasSize(54).doesNotHaveDuplicates();
    assertThat(numbers.getFirst()).isEqualTo(53);
    assertThat(numbers.getLast()).isZero();
  }

  @Test
  void namesShareOneSpaceAndTagsDoNotMove() {
    VersionLog log = created();
    StoredVersion one = TestParts.append(log, "main", 1);
    StoredVersion two = TestParts.append(log, "main", 1);
    log.createTag("gold", one.link());
    log.createBranch("work", one.link());
    assertCode(() -> log.createTag("gold", two.link()), ErrorCode.NAME_EXISTS);
    assertCode(() -> log.createTag("work", two.link()), ErrorCode.NAME_EXISTS);
    assertCode(() -> log.createBranch("gold", two.link()), ErrorCode.NAME_EXISTS);
    assertCode(() -> log.createBranch("main", two.link()), ErrorCode.NAME_EXISTS);
    assertCode(() -> log.createTag("a/b", two.link()), ErrorCode.INVALID_ARGUMENT);
    assertThat(names(log.refs())).containsExactly("gold", "main", "work");
    assertThat(log.find("gold").orElseThrow().meaning()).isEqualTo(new RefRecord.Tag(one.link()));
    log.deleteTag("gold");
    assertThat(log.find("gold")).isEmpty();
    assertCode(() -> log.deleteTag("gold"), ErrorCode.VERSION_NOT_FOUND);
    log.createTag("gold", two.link());
    assertThat(log.find("gold").orElseThrow().meaning()).isEqualTo(new RefRecord.Tag(two.link()));
    assertCode(() -> log.latest("gold"), ErrorCode.VERSION_NOT_FOUND);
  }

  @Test
  void deletedBranchTakesNoCommitsAndANewLifeStartsAfresh() {
    VersionLog log = created();
    StoredVersion start = TestParts.append(log, "main", 1);
    log.createBranch("work", start.link());
    StoredVersion own = TestParts.append(log, "work", 1);
    log.createTag("kept", own.link());
    Session sleeper = log.begin("work");
    log.deleteBranch("work");
    assertCode(() -> log.latest("work"), ErrorCode.VERSION_NOT_FOUND);
    assertCode(() -> log.commit(sleeper, TestAppends.of(sleeper, 1)), ErrorCode.SESSION_FENCED);
    log.createBranch("work", start.link());
    assertThat(log.latest("work")).isEqualTo(start);
    assertCode(() -> log.commit(sleeper, TestAppends.of(sleeper, 1)), ErrorCode.SESSION_FENCED);
    StoredVersion again = TestParts.append(log, "work", 1);
    assertThat(again.link().life()).isEqualTo(2);
    assertThat(log.load(own.link())).as("the tag still reads it").isEqualTo(own);
    assertCode(() -> log.deleteBranch("main"), ErrorCode.INVALID_ARGUMENT);
    assertCode(() -> log.deleteBranch("kept"), ErrorCode.VERSION_NOT_FOUND);
  }

  @Test
  void branchOfADeletedBranchKeepsItsHistory() {
    VersionLog log = created();
    StoredVersion start = TestParts.append(log, "main", 1);
    log.createBranch("middle", start.link());
    StoredVersion middle = TestParts.append(log, "middle", 1);
    log.createBranch("leaf", middle.link());
    log.deleteBranch("middle");
    StoredVersion leaf = TestParts.append(log, "leaf", 1);
    assertThat(numbers(log, leaf)).containsExactly(3L, 2L, 1L, 0L);
    assertThat(log.at("leaf", 2)).isEqualTo(middle);
    assertThat(log.verify(Long.MAX_VALUE).problems()).isEmpty();
  }

  @Test
  void resolvingOccupiesAFreeNumberAndFindsATakenOne() {
    VersionLog log = created();
    StoredVersion one = TestParts.append(log, "main", 1);
    String commit = one.record().commit();
    assertThat(log.resolve("main", 1, commit)).isEqualTo(new Resolution.Applied(one));
    String lost = "0".repeat(32);
    assertThat(log.resolve("main", 1, lost)).isEqualTo(new Resolution.NotApplied(one));
    Resolution empty = log.resolve("main", 2, lost);
    assertThat(empty).isInstanceOf(Resolution.NotApplied.class);
    StoredVersion two = log.latest("main");
    assertThat(((Resolution.NotApplied) empty).winner()).isEqualTo(two);
    assertThat(two.record().operation()).isEqualTo(Operation.EMPTY);
    assertThat(two.record().content()).isEqualTo(one.record().content());
    assertCode(() -> log.resolve("main", 9, lost), ErrorCode.INVALID_ARGUMENT);
    assertCode(() -> log.resolve("nothing", 1, lost), ErrorCode.VERSION_NOT_FOUND);
  }

  @Test
  void resolvingFindsACommitInAFormerLife() {
    VersionLog log = created();
    StoredVersion start = TestParts.append(log, "main", 1);
    log.createBranch("work", start.link());
    StoredVersion own = TestParts.append(log, "work", 1);
    log.deleteBranch("work");
    assertThat(log.resolve("work", 2, own.record().commit()))
        .isEqualTo(new Resolution.Applied(own));
    log.createBranch("work", start.link());
    assertThat(log.resolve("work", 2, own.record().commit()))
        .isEqualTo(new Resolution.Applied(own));
  }

  @Test
  void equalSamplesHaveEqualContentDigestsWhateverTheCommits() {
    VersionLog log = created();
    StoredVersion start = log.latest("main");
    log.createBranch("one", start.link());
    log.createBranch("two", start.link());
    Session session = log.begin("one");
    Append both = TestAppends.of(session, 2);
    StoredVersion together = TestParts.committed(log.commit(session, both));
    StoredVersion last = start;
    for (Append.NewFragment fragment : both.fragments()) {
      Session again = log.begin("two");
      FragmentEntry entry = fragment.entry();
      FragmentEntry renamed =
          new FragmentEntry(
              again.newFragmentId(),
              0,
              entry.rows(),
              0,
              entry.bytes(),
              entry.digest(),
              entry.metadataDigest(),
              entry.extents(),
              entry.shuffle());
      Append append =
          Append.of(
              TestAppends.SCHEMA,
              List.of(new Append.NewFragment(fragment.layout(), renamed)),
              "other words");
      last = TestParts.committed(log.commit(again, append));
    }
    assertThat(last.record().content()).isEqualTo(together.record().content());
  }
}
