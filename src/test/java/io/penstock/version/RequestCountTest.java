package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.ObjectKeys;
import io.penstock.format.Records;
import io.penstock.store.MemoryStore;
import io.penstock.store.PutCondition;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// How many requests things take, and how often one of them waits for another: at the latency of an
/// object store that is what counts.
class RequestCountTest {
  // Specification: V1-PAG-06, V1-SES-03, V1-COM-09

  private static final int FRAGMENTS = 1_000;
  private static final int MOST_METADATA_BYTES = 64 << 10;

  private final MemoryStore memory = TestParts.memory();
  private final CountingStore store = new CountingStore(memory);
  private long groups;
  private long requestsInGroups;

  /// Runs requests that go out together one after the other, and counts them as one wait.
  private void runTogether(Runnable runner) {
    long before = store.requests();
    runner.run();
    long made = store.requests() - before;
    groups += made > 0 ? 1 : 0;
    requestsInGroups += made;
  }

  private VersionLog.Parts parts(long seed) {
    Clock clock = Clock.fixed(TestParts.START, ZoneOffset.UTC);
    return new VersionLog.Parts(store, clock, new Random(seed), this::runTogether, _ -> {}, false);
  }

  private void startCounting() {
    store.reset();
    groups = 0;
    requestsInGroups = 0;
  }

  private long waits() {
    return store.requests() - requestsInGroups + groups;
  }

  private VersionLog filled(int commits, int fragmentsEach) {
    VersionLog log = VersionLog.create(TestParts.of(memory, 1));
    for (int i = 0; i < commits; i++) {
      TestParts.append(log, "main", fragmentsEach);
    }
    return log;
  }

  private long waitsToOpen() {
    startCounting();
    VersionLog log = VersionLog.open(parts(9));
    assertThat(log.content(log.latest("main")).fragments()).hasSize(FRAGMENTS);
    return waits();
  }

  @Test
  void thousandFragmentsOfOneCommitOpenInThreeWaits() {
    filled(1, FRAGMENTS);
    assertThat(waitsToOpen()).isLessThanOrEqualTo(3);
  }

  @Test
  void thousandFragmentsOfThousandCommitsOpenInThreeWaits() {
    filled(FRAGMENTS, 1);
    assertThat(waitsToOpen()).isLessThanOrEqualTo(3);
    assertThat(store.requests())
        .as("root, 2 refs, hint; next ref, 2 records; 15 pages")
        .isEqualTo(22);
  }

  @Test
  void everyCommitToAThousandFragmentsWritesLittleMetadata() {
    filled(1, FRAGMENTS);
    VersionLog log = VersionLog.open(parts(2));
    long most = 0;
    for (int i = 0; i < 2 * PageSpill.FANOUT; i++) {
      startCounting();
      TestParts.append(log, "main", 1);
      most = Math.max(most, store.bytesPut());
    }
    assertThat(most).isLessThan(MOST_METADATA_BYTES);
  }

  @Test
  void commitWithoutContentionTakesFewWaits() {
    filled(3, 1);
    VersionLog log = VersionLog.open(parts(2));
    TestParts.append(log, "main", 1);
    Session session = log.begin("main");
    startCounting();
    TestParts.committed(log.commit(session, TestAppends.of(session, 1)));
    assertThat(waits()).as("look, put, then hint and session together").isEqualTo(3);
    assertThat(store.requests(Operation.PUT)).as("record and hint").isEqualTo(2);
    assertThat(store.requests(Operation.LIST)).isZero();
  }

  @Test
  void lookAtAKnownBranchIsOneWait() {
    VersionLog calm = filled(3, 1);
    VersionLog log = VersionLog.open(parts(2));
    log.latest("main");
    TestParts.append(calm, "main", 1);
    startCounting();
    assertThat(log.latest("main").number()).isEqualTo(4);
    assertThat(waits()).as("next ref, n and n+1; then n+2").isEqualTo(2);
    startCounting();
    log.latest("main");
    assertThat(waits()).isOne();
  }

  @Test
  void openingDoesNotCostMoreAsTheHistoryGrows() {
    VersionLog calm = filled(4, 1);
    startCounting();
    VersionLog.open(parts(2)).latest("main");
    long requests = store.requests();
    for (int i = 0; i < 200; i++) {
      TestParts.append(calm, "main", 1);
    }
    startCounting();
    assertThat(VersionLog.open(parts(3)).latest("main").number()).isEqualTo(204);
    assertThat(store.requests()).isEqualTo(requests);
  }

  private void putHint(byte[] content) {
    memory.put(ObjectKeys.hint("main", 0), MemorySegment.ofArray(content), PutCondition.NONE);
  }

  @Test
  void newestIsFound_whenTheHintIsStale() {
    filled(100, 1);
    putHint(Records.standard().encodeHint(3));
    startCounting();
    assertThat(VersionLog.open(parts(2)).latest("main").number()).isEqualTo(100);
    assertThat(waits()).as("doubling steps, then bisection").isLessThanOrEqualTo(16);
  }

  @Test
  void newestIsFound_whenTheHintIsAhead() {
    filled(100, 1);
    putHint(Records.standard().encodeHint(5_000));
    assertThat(VersionLog.open(parts(2)).latest("main").number()).isEqualTo(100);
    putHint(Records.standard().encodeHint(Long.MAX_VALUE));
    assertThat(VersionLog.open(parts(2)).latest("main").number()).isEqualTo(100);
  }

  @Test
  void newestIsFound_whenTheHintIsAbsentOrDamaged() {
    filled(100, 1);
    memory.delete(ObjectKeys.hint("main", 0));
    assertThat(VersionLog.open(parts(2)).latest("main").number()).isEqualTo(100);
    putHint("{\"number\": 7}".getBytes(StandardCharsets.UTF_8));
    assertThat(VersionLog.open(parts(2)).latest("main").number()).isEqualTo(100);
  }
}
