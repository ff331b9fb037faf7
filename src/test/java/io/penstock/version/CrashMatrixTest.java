package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionLink;
import io.penstock.store.Store;
import io.penstock.testing.Fault;
import io.penstock.testing.Faults;
import io.penstock.testing.SimulatedCrash;
import io.penstock.testing.SimulatedStore;
import io.penstock.testing.SimulatedWorld;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// L6: whatever is being done, a crash before, at or after any request leaves a dataset that opens,
/// reads and commits, and what was being done can be done again.
class CrashMatrixTest {
  private static final Fault[] WAYS = {
    Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.CRASH_APPLIED_LATE
  };

  private static final long SEED = 3;
  private static final long FIRST = 7;
  private static final long AGAIN = 70;

  /// What is being done when the process dies.
  enum Script {
    CREATE {
      @Override
      void run(Store store, long seed) {
        VersionLog.create(TestParts.of(store, seed));
      }

      @Override
      void again(Store store) {
        try {
          run(store, AGAIN);
        } catch (ConflictException exists) {
          assertThat(exists.code()).isEqualTo(ErrorCode.DATASET_EXISTS);
        }
      }
    },
    APPEND {
      @Override
      void run(Store store, long seed) {
        TestParts.append(VersionLog.open(TestParts.of(store, seed)), "main", 70);
      }
    },
    BRANCH {
      @Override
      void run(Store store, long seed) {
        VersionLog log = VersionLog.open(TestParts.of(store, seed));
        log.createBranch("new", log.latest("main").link());
      }

      @Override
      void again(Store store) {
        againUnlessThere(store);
        assertThat(VersionLog.open(TestParts.of(store, 8)).latest("new").number()).isEqualTo(1);
      }
    },
    TAG {
      @Override
      void run(Store store, long seed) {
        VersionLog log = VersionLog.open(TestParts.of(store, seed));
        log.createTag("new", log.at("main", 1).link());
      }

      @Override
      void again(Store store) {
        againUnlessThere(store);
        VersionLink target = VersionLog.open(TestParts.of(store, 8)).at("main", 1).link();
        RefRecord tag = VersionLog.open(TestParts.of(store, 8)).find("new").orElseThrow();
        assertThat(tag.meaning()).isEqualTo(new RefRecord.Tag(target));
      }
    },
    DELETE_BRANCH {
      @Override
      void run(Store store, long seed) {
        VersionLog.open(TestParts.of(store, seed)).deleteBranch("work");
      }

      @Override
      void again(Store store) {
        try {
          run(store, AGAIN);
        } catch (PenstockException gone) {
          assertThat(gone.code()).isEqualTo(ErrorCode.VERSION_NOT_FOUND);
        }
        assertThat(VersionLog.open(TestParts.of(store, 8)).find("work")).isEmpty();
      }
    };

    /// Does it.
    abstract void run(Store store, long seed);

    /// Does it again after a crash.
    void again(Store store) {
      run(store, AGAIN);
    }

    void againUnlessThere(Store store) {
      try {
        run(store, AGAIN);
      } catch (ConflictException there) {
        assertThat(there.code()).isEqualTo(ErrorCode.NAME_EXISTS);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Script.class)
  void everyCrashLeavesADatasetThatWorks(Script script) {
    long requests = requestsOf(script);
    assertThat(requests).isPositive();
    for (long request = 0; request < requests; request++) {
      for (Fault way : WAYS) {
        crash(script, request, way);
      }
    }
  }

  private static SimulatedWorld world(Script script) {
    SimulatedWorld world = new SimulatedWorld(SEED);
    if (script != Script.CREATE) {
      VersionLog log = VersionLog.create(TestParts.of(world.objects(), 1));
      StoredVersion start = TestParts.append(log, "main", 3);
      log.createBranch("work", start.link());
      TestParts.append(log, "work", 2);
    }
    return world;
  }

  private static long requestsOf(Script script) {
    SimulatedStore store = world(script).process("whole", Faults.none());
    script.run(store, FIRST);
    return store.requests();
  }

  private static void crash(Script script, long request, Fault way) {
    SimulatedWorld world = world(script);
    world.check(() -> {
      SimulatedStore dying = world.process("dying", Faults.crashAt(request, way));
      boolean crashed = false;
      try {
        script.run(dying, FIRST);
      } catch (SimulatedCrash _) {
        crashed = true;
      }
      assertThat(crashed).as("crash at request %d", request).isTrue();
      script.again(world.calm());
      works(world.objects());
      world.settle();
      works(world.objects());
    });
  }

  private static void works(Store store) {
    VersionLog log = VersionLog.open(TestParts.of(store, store.hashCode()));
    StoredVersion before = log.latest("main");
    assertThat(log.content(before).samples()).isEqualTo(before.record().samples());
    StoredVersion after = TestParts.append(log, "main", 1);
    assertThat(after.number()).isEqualTo(before.number() + 1);
    assertThat(log.verify(Long.MAX_VALUE).problems()).isEmpty();
  }
}
