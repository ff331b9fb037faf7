package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.PenstockException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.SessionRecord;
import io.penstock.format.VersionLink;
import io.penstock.format.VersionRecord;
import io.penstock.store.ObjectInfo;
import io.penstock.store.Store;
import io.penstock.testing.Faults;
import io.penstock.testing.SimulatedCrash;
import io.penstock.testing.SimulatedWorld;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;

/// Processes that commit at once to a store that misbehaves, and what must hold afterwards. All of
/// it follows from the seed: how many processes, what they do, the order of their requests, the
/// faults, and how far their clocks are off.
final class CommitSimulation {
  private static final long MOST_STEPS = 20_000;

  private final long seed;
  private final Function<VersionLog.Parts, Workings> assembly;
  private final Random random;
  private final SimulatedWorld world;
  private final CommitHistory history = new CommitHistory();
  private final List<Throwable> failures = new ArrayList<>();
  private final int committers;
  private final boolean deletesBranch;
  private final Turns turns;

  /// @param assembly how the committers' logs are put together: as in production, or with a mistake
  CommitSimulation(long seed, Function<VersionLog.Parts, Workings> assembly) {
    this.seed = seed;
    this.assembly = assembly;
    this.random = new Random(seed);
    this.world = new SimulatedWorld(seed);
    this.committers = 2 + random.nextInt(3);
    this.deletesBranch = random.nextInt(4) == 0;
    this.turns = new Turns(seed, committers + 2, MOST_STEPS);
  }

  /// Runs it.
  ///
  /// @throws AssertionError with seed, faults and trace, if a promise was broken
  void run() {
    world.check(() -> {
      VersionLog calm = VersionLog.create(TestParts.of(world.calm(), seed));
      StoredVersion start = TestParts.append(calm, "main", 1);
      calm.createBranch("work", start.link());
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < committers; i++) {
        threads.add(start("committer" + i, turns.seat(i), this::commits));
      }
      threads.add(start("reader", turns.seat(committers), this::reads));
      threads.add(start("keeper", turns.seat(committers + 1), this::keeps));
      for (Thread thread : threads) {
        thread.join();
      }
      for (Throwable failure : failures) {
        throw new AssertionError(failure);
      }
      world.settle();
      check(start.link());
    });
  }

  /// One simulated process.
  private final class Actor {
    private final Random own;
    private final Turns.Seat turn;
    private final VersionLog.Parts parts;

    Actor(String name, Turns.Seat turn, long processSeed) {
      this.turn = turn;
      own = new Random(processSeed);
      Store store = world.process(name, Faults.mixWithCrashes(processSeed));
      Clock clock = new SkewedClock(Duration.ofSeconds(own.nextInt(2000) - 1000L));
      parts =
          new VersionLog.Parts(
              new SteppedStore(store, turn::next),
              clock,
              new Random(processSeed + 1),
              Runnable::run,
              _ -> turn.next(),
              false);
    }

    VersionLog open() {
      return VersionLog.open(assembly.apply(parts));
    }
  }

  private Thread start(String name, Turns.Seat turn, Consumer<Actor> work) {
    Actor process = new Actor(name, turn, random.nextLong());
    return Thread.ofVirtual().start(() -> run(process, work));
  }

  private void run(Actor process, Consumer<Actor> work) {
    try {
      process.turn.next();
      work.accept(process);
    } catch (SimulatedCrash | PenstockException _) {
      // The process is gone, or gave up: what it was told before is noted.
    } catch (Throwable failure) {
      synchronized (failures) {
        failures.add(failure);
      }
    } finally {
      end(process.turn);
    }
  }

  private void end(Turns.Seat turn) {
    try {
      turn.end();
    } catch (AssertionError endless) {
      synchronized (failures) {
        failures.add(endless);
      }
    }
  }

  private void commits(Actor process) {
    VersionLog log = process.open();
    int commits = 1 + process.own.nextInt(3);
    for (int i = 0; i < commits; i++) {
      commit(process, log);
    }
  }

  private void commit(Actor process, VersionLog log) {
    Session session = log.begin(process.own.nextInt(3) == 0 ? "work" : "main");
    Append append = TestAppends.of(session, 1 + process.own.nextInt(2));
    CommitHistory.Answer answer = CommitHistory.Answer.NOTHING;
    try {
      writesData(process);
      switch (log.commit(session, append)) {
        case CommitOutcome.Committed committed -> {
          answer = CommitHistory.Answer.COMMITTED;
          history.acknowledged(committed.version());
        }
        case CommitOutcome.Conflict _ -> answer = CommitHistory.Answer.FAILED;
        case CommitOutcome.Unknown _ -> answer = CommitHistory.Answer.UNKNOWN;
      }
      if (answer == CommitHistory.Answer.UNKNOWN && process.own.nextBoolean()) {
        answer = resolve(log, session, answer);
      }
    } catch (PenstockException _) {
      answer = CommitHistory.Answer.FAILED;
    } finally {
      history.note(session, append, answer);
    }
  }

  private void writesData(Actor process) {
    for (int left = process.own.nextInt(8); left > 0; left--) {
      process.turn.next();
    }
  }

  private CommitHistory.Answer resolve(
      VersionLog log, Session session, CommitHistory.Answer unknown) {
    try {
      return switch (log.resolve(session)) {
        case Resolution.Applied applied -> {
          history.acknowledged(applied.version());
          yield CommitHistory.Answer.COMMITTED;
        }
        case Resolution.NotApplied _ -> CommitHistory.Answer.FAILED;
      };
    } catch (PenstockException _) {
      return unknown;
    }
  }

  /// Looks at the newest version again and again: it never goes back, and it is never older than
  /// what was acknowledged before the look.
  private void reads(Actor process) {
    VersionLog log = process.open();
    long seen = 0;
    for (int i = 0; i < 6; i++) {
      long acknowledged = history.newestAcknowledged("main");
      StoredVersion newest = log.latest("main");
      assertThat(newest.number()).as("S10: the newest").isGreaterThanOrEqualTo(acknowledged);
      assertThat(newest.number()).as("S10: after %d", seen).isGreaterThanOrEqualTo(seen);
      seen = newest.number();
      log.content(newest);
    }
  }

  /// Revokes sessions, and perhaps ends the branch `work`.
  private void keeps(Actor process) {
    Workings workings = Workings.of(process.parts);
    VersionLog log = VersionLog.open(workings);
    for (int i = 0; i < 4; i++) {
      List<ObjectInfo> sessions =
          process.parts.store().list("__penstock/sessions/", "", 100).objects();
      if (!sessions.isEmpty()) {
        String key = sessions.get(process.own.nextInt(sessions.size())).key();
        Optional<byte[]> content = workings.records().bytes(key);
        content.ifPresent(bytes -> fence(workings, workings.records().decodeSession(key, bytes)));
      }
    }
    if (deletesBranch) {
      log.deleteBranch("work");
    }
  }

  private static void fence(Workings workings, SessionRecord session) {
    Heads.Head head = workings.heads().latest(session.branch());
    RefRecord ref = head.ref();
    Drafts.Heading heading =
        new Drafts.Heading(ref.name(), ref.number(), workings.ids().hexadecimal());
    VersionRecord empty =
        workings.drafts().unchanged(heading, head.newest(), Operation.EMPTY, "").record();
    VersionRecord fence =
        empty.copy().operation(Operation.FENCE, Optional.of(session.id())).record();
    String key = ObjectKeys.version(fence.branch(), fence.life(), fence.number());
    workings.publication().publish(key, workings.records().encode(fence));
  }

  private void check(VersionLink start) {
    Store store = world.objects();
    history.check(store, "main", 0, Optional.empty());
    history.check(store, "work", 0, Optional.of(start));
    VersionLog log = VersionLog.open(TestParts.of(store, seed + 1));
    assertThat(log.verify(Long.MAX_VALUE).problems()).as("check of the metadata").isEmpty();
    StoredVersion next = TestParts.append(log, "main", 1);
    assertThat(log.latest("main")).as("L6: opens, reads, commits").isEqualTo(next);
  }

  /// The simulated time, and a bit off.
  private final class SkewedClock extends Clock {
    private final Duration skew;

    SkewedClock(Duration skew) {
      this.skew = skew;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Instant instant() {
      return world.now().plus(skew);
    }
  }
}
