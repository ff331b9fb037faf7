package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.FragmentEntry;
import io.penstock.store.ForwardingStore;
import io.penstock.store.MemoryStore;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// L2: under contention somebody always progresses, and nobody starves.
class ContentionTest {
  // Specification: V1-COM-01, V1-COM-08

  private static final int COMMITTERS = 8;
  private static final int COMMITS = 50;

  /// A commit that races with seven others for every number loses about seven times; this many
  /// would be starvation.
  private static final int MOST_LOSSES = 60;

  private final MemoryStore memory = TestParts.memory();
  private final Turns turns = new Turns(42, COMMITTERS, 1_000_000);
  private final List<Throwable> failures = new ArrayList<>();
  private int mostLosses;

  @Test
  void eightCommittersOfFiftyCommitsLoseNoneAndNobodyStarves() throws InterruptedException {
    VersionLog.create(TestParts.of(memory, 1));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < COMMITTERS; i++) {
      long seed = 100L + i;
      Turns.Seat turn = turns.seat(i);
      threads.add(Thread.ofVirtual().start(() -> commit(turn, seed)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    VersionLog log = VersionLog.open(TestParts.of(memory, 2));
    StoredVersion newest = log.latest("main");
    assertThat(newest.number()).isEqualTo(COMMITTERS * COMMITS);
    Set<String> ids = new HashSet<>();
    for (FragmentEntry entry : log.content(newest).fragments()) {
      assertThat(ids.add(entry.id())).isTrue();
    }
    assertThat(ids).hasSize(COMMITTERS * COMMITS);
    assertThat(mostLosses).as("losses of one commit").isLessThan(MOST_LOSSES);
  }

  /// Counts how often in a row a record's number was taken.
  private static final class Losses {
    private int inARow;
    private int most;

    PutResult note(String key, PutResult result) {
      if (key.startsWith("__penstock/branches/") && key.endsWith(".json")) {
        inARow = result instanceof PutResult.Exists ? inARow + 1 : 0;
        most = Math.max(most, inARow);
      }
      return result;
    }
  }

  private Store counting(Turns.Seat turn, Losses losses) {
    return new ForwardingStore(new SteppedStore(memory, turn::next)) {
      @Override
      public PutResult put(String key, MemorySegment body, PutCondition condition) {
        return losses.note(key, super.put(key, body, condition));
      }
    };
  }

  private void commit(Turns.Seat turn, long seed) {
    Losses losses = new Losses();
    try {
      turn.next();
      VersionLog log =
          VersionLog.open(
              new VersionLog.Parts(
                  counting(turn, losses),
                  Clock.fixed(TestParts.START, ZoneOffset.UTC),
                  new Random(seed),
                  Runnable::run,
                  duration -> {
                    for (long waited = 0; waited < duration.toMillis(); waited += 10) {
                      turn.next();
                    }
                  },
                  false));
      for (int i = 0; i < COMMITS; i++) {
        TestParts.append(log, "main", 1);
      }
    } catch (Throwable failure) {
      synchronized (failures) {
        failures.add(failure);
      }
    } finally {
      synchronized (failures) {
        mostLosses = Math.max(mostLosses, losses.most);
      }
      turn.end();
    }
  }
}
