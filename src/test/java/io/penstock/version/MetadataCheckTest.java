package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.PageRef;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionLink;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetadataCheckTest {
  private final MemoryStore store = TestParts.memory();
  private VersionLog log = VersionLog.create(TestParts.of(store, 1));
  private StoredVersion newest = log.latest("main");

  /// Five versions on `main`, the third with a page; a branch, a tag.
  @BeforeEach
  void fill() {
    TestParts.append(log, "main", 2);
    TestParts.append(log, "main", 1);
    TestParts.append(log, "main", 70);
    newest = TestParts.append(log, "main", 1);
    log.createTag("gold", log.at("main", 2).link());
    log.createBranch("work", log.at("main", 3).link());
    TestParts.append(log, "work", 1);
    log = VersionLog.open(TestParts.of(store, 2));
  }

  private List<MetadataReport.Problem> problems() {
    return log.verify(Long.MAX_VALUE).problems();
  }

  private byte[] content(String key) {
    return store.get(key, 1 << 20).orElseThrow().content();
  }

  private void replace(String key, byte[] content) {
    store.put(key, MemorySegment.ofArray(content), PutCondition.NONE);
  }

  private void flip(String key, int at) {
    byte[] content = content(key);
    content[at] ^= 1;
    replace(key, content);
  }

  private List<String> metadataKeys() {
    List<String> keys = new ArrayList<>();
    for (ObjectInfo object : store.list("", "", 1000).objects()) {
      keys.add(object.key());
    }
    return keys;
  }

  @Test
  void intactDatasetHasNoProblems() {
    MetadataReport report = log.verify(Long.MAX_VALUE);
    assertThat(report.problems()).isEmpty();
    assertThat(report.ok()).isTrue();
    assertThat(report.objects()).isEqualTo(metadataKeys().size());
    assertThat(log.verify(newest, Long.MAX_VALUE).ok()).isTrue();
  }

  @Test
  void oneFlippedBitInAnyObjectIsFoundAndTheObjectIsNamed() {
    Random random = new Random(11);
    for (String key : metadataKeys()) {
      byte[] intact = content(key);
      flip(key, random.nextInt(intact.length));
      assertThat(problems()).as(key).extracting(MetadataReport.Problem::object).contains(key);
      replace(key, intact);
    }
    assertThat(problems()).isEmpty();
  }

  @Test
  void anyMissingObjectIsFoundAndNamed() {
    for (String key : metadataKeys()) {
      boolean last =
          key.equals(ObjectKeys.version("main", 0, 4))
              || key.equals(ObjectKeys.version("work", 0, 4))
              || key.endsWith("/hint")
              || key.equals(ObjectKeys.ref("gold", 0))
              || key.equals(ObjectKeys.ref("work", 0));
      byte[] intact = content(key);
      store.delete(key);
      if (!last) {
        assertThat(problems())
            .as(key)
            .anySatisfy(problem -> {
              assertThat(problem.object()).isEqualTo(key);
              assertThat(problem.code()).isEqualTo(ErrorCode.DATA_MISSING.id());
            });
      }
      replace(key, intact);
    }
  }

  @Test
  void damagedVersionHidesNoneBeforeIt() {
    flip(ObjectKeys.version("main", 0, 3), 100);
    flip(ObjectKeys.version("main", 0, 1), 100);
    assertThat(log.verify(newest, Long.MAX_VALUE).problems())
        .extracting(MetadataReport.Problem::object)
        .containsExactly(ObjectKeys.version("main", 0, 3), ObjectKeys.version("main", 0, 1));
    assertThat(log.verify(newest, 1).problems()).as("only the newest itself").isEmpty();
  }

  @Test
  void damagedPageNamesTheSamplesThatItLists() {
    PageRef page = newest.record().pages().getFirst();
    flip(ObjectKeys.page(page.id()), 50);
    assertThat(log.verify(newest, 1).problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.object()).isEqualTo(ObjectKeys.page(page.id()));
          assertThat(problem.message()).contains("samples 0 to 640 of main:4");
        });
    assertThatThrownBy(() -> log.content(newest))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(ObjectKeys.page(page.id()));
  }

  @Test
  void anotherVersionsBytesAreNotTakenForOnesOwn() {
    replace(ObjectKeys.version("main", 0, 2), content(ObjectKeys.version("main", 0, 1)));
    assertThat(problems())
        .extracting(MetadataReport.Problem::object)
        .contains(ObjectKeys.version("main", 0, 2));
    Iterator<StoredVersion> history = log.history(newest);
    assertThat(history.next().number()).isEqualTo(4);
    assertThat(history.next().number()).isEqualTo(3);
    assertThatThrownBy(history::next)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(ObjectKeys.version("main", 0, 2));
  }

  @Test
  void missingVersionBreaksTheHistoryWithItsKey() {
    store.delete(ObjectKeys.version("main", 0, 2));
    Iterator<StoredVersion> history = log.history(newest);
    history.next();
    history.next();
    assertThatThrownBy(history::next)
        .isInstanceOfSatisfying(
            PenstockException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.DATA_MISSING))
        .hasMessageContaining(ObjectKeys.version("main", 0, 2));
  }

  @Test
  void rewrittenHistoryIsFoundByTheDigestsOfItsLinks() {
    MemoryStore other = TestParts.memory();
    VersionLog forged = VersionLog.create(TestParts.of(other, 77));
    for (int i = 0; i < 4; i++) {
      TestParts.append(forged, "main", 1);
    }
    String key = ObjectKeys.version("main", 0, 2);
    replace(key, other.get(key, 1 << 20).orElseThrow().content());
    assertThat(log.verify(newest, Long.MAX_VALUE).problems())
        .first()
        .satisfies(problem -> {
          assertThat(problem.object()).isEqualTo(key);
          assertThat(problem.message()).contains("digest");
        });
    assertThatThrownBy(
            () -> log.load(log.find("gold").map(MetadataCheckTest::target).orElseThrow()))
        .isInstanceOf(CorruptDataException.class);
  }

  private static VersionLink target(RefRecord ref) {
    return ((RefRecord.Tag) ref.meaning()).target();
  }

  @Test
  void damagedRootIsACorruptDatasetAndNoMissingOne() {
    flip(ObjectKeys.ROOT, 30);
    assertThatThrownBy(() -> VersionLog.open(TestParts.of(store, 3)))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(ObjectKeys.ROOT);
  }
}
