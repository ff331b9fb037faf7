package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.codec.CodecThreads;
import io.penstock.error.PenstockException;
import io.penstock.load.LoaderStats;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The reading line of one loader: plans batches ahead, opens them as memory allows, fetches what
/// they need, the earliest first, and offers them in order. One thread, the coordinator, runs
/// [#run]; the consumer uses the other methods, with the lock held.
final class Pipeline implements Intake.Listener {
  /*
   * Batches are planned in order: each row is noted as a use of its group, the first use is the
   * group's deadline. Batches are opened in order, which gives them memory. A group is fetched in
   * the order of deadlines, and decoded when all batches that use it are open: then each of its rows
   * goes straight to its places, and nothing of it has to be kept.
   *
   * Memory is taken in the order of need, and what is set apart for it always suffices for the next
   * batch: if nothing is on its way and the next batch is not done, then either it has no memory,
   * because the consumer holds it all, and is told so; or what it waits for is fetched into the slot
   * that is kept for this, and decoded for those batches that are open; what the others need of it
   * is fetched again later. So nobody waits for ever, whatever the budget.
   *
   * When the consumer goes to another place, what is on its way is dropped when it lands; the
   * memory of batches goes back as soon as no codec thread writes to it any more.
   */
  /// So many requests at once hide the latency of an object store; with fewer for want of room,
  /// memory is what is missing.
  private static final int MANY_FLIGHTS = 16;

  private final BatchPlanner planner;
  private final CatalogsAhead catalogs;
  private final LoaderMemory memory;
  private final GroupTable groups;
  private final PartPlanner parts;
  private final ResidentSet residents;
  private final FetchWidth width;
  private final HookStage hooks;
  private final Intake intake;
  private final StallClock stall;
  private final int codecThreads;
  private final boolean mustBeSealed;
  private final long endIndex;
  private final long spanBatches;
  private final long lookAhead;
  private final ReentrantLock lock;
  private final Condition work;
  private final Condition change;

  // Confined to the coordinator.
  private final PriorityQueue<Need> fetches =
      new PriorityQueue<>(Comparator.comparingLong(Need::deadline));
  private long nextOrdinal;

  // Guarded by the lock. Where the next batch is planned, and how far that may go.
  private final ArrayDeque<BatchAssembly> queue = new ArrayDeque<>();
  private final ArrayDeque<BatchAssembly> unopened = new ArrayDeque<>();
  private final List<BatchAssembly> abandoned = new ArrayList<>();
  private final PlanCursor cursor = new PlanCursor();
  private long opened;
  private long blockedBytes;
  private long events;
  private boolean sleeping;
  private boolean moved;
  private boolean starved;
  private boolean closed;
  private @Nullable PenstockException broken;

  /// What a pipeline is made of.
  record Tools(
      Store store,
      CodecThreads threads,
      BatchPlanner planner,
      CatalogsAhead catalogs,
      LoaderMemory memory,
      GroupTable groups,
      PartPlanner parts,
      ResidentSet residents,
      FetchWidth width,
      HookStage hooks,
      LoaderTally tally) {}

  /// @param lock that guards it
  /// @param mustBeSealed whether groups can only be fetched when all of their uses are known
  /// @param endIndex behind the last batch of an epoch
  /// @param spanBatches over which one pass over a group extends
  /// @param lookAhead batches that are planned beyond those that are open
  Pipeline(
      Tools tools,
      ReentrantLock lock,
      boolean mustBeSealed,
      long endIndex,
      long spanBatches,
      long lookAhead) {
    this.planner = tools.planner();
    this.catalogs = tools.catalogs();
    this.memory = tools.memory();
    this.groups = tools.groups();
    this.parts = tools.parts();
    this.residents = tools.residents();
    this.width = tools.width();
    this.hooks = tools.hooks();
    this.stall = tools.tally().stall();
    this.codecThreads = tools.threads().count();
    this.lock = lock;
    this.work = lock.newCondition();
    this.change = lock.newCondition();
    this.intake = new Intake(tools.store(), tools.threads(), memory, lock, tools.tally(), this);
    this.catalogs.onArrival(this::wake);
    this.mustBeSealed = mustBeSealed;
    this.endIndex = endIndex;
    this.spanBatches = spanBatches;
    this.lookAhead = lookAhead;
  }

  // ---- for the consumer, with the lock held

  /// The next batch if it is planned, or null.
  @Nullable BatchAssembly head() {
    return queue.peek();
  }

  /// Takes the next batch, which is done.
  BatchAssembly take() {
    BatchAssembly taken = queue.remove();
    BatchAssembly next = queue.peek();
    if (next != null && !next.done && intake.quiet()) {
      wake(); // only the coordinator can help it
    }
    return taken;
  }

  /// Waited on for the next batch, and for failures.
  Condition change() {
    return change;
  }

  /// Whether nothing can go on until the consumer closes a batch.
  boolean starved() {
    return starved;
  }

  /// What the next batch waits for.
  StallClock.Cause cause() {
    boolean decodes = intake.running() >= codecThreads;
    if (decodes || (intake.flights() == 0 && intake.running() > 0)) {
      return StallClock.Cause.DECODE;
    }
    boolean waitsForNothing = intake.flights() == 0 && !catalogs.awaitsAny();
    boolean noRoom = blockedBytes > 0 || (waitsForNothing && !unopened.isEmpty());
    return starved || (noRoom && intake.flights() < MANY_FLIGHTS)
        ? StallClock.Cause.MEMORY
        : StallClock.Cause.NETWORK;
  }

  /// How it stands.
  LoaderStats.Occupancy occupancy() {
    int ready = 0;
    for (BatchAssembly batch : queue) {
      if (!batch.done) {
        break;
      }
      ready++;
    }
    return new LoaderStats.Occupancy(
        memory.usedBytes(),
        memory.budgetBytes(),
        ready,
        queue.size(),
        intake.flights(),
        intake.running() + intake.holding());
  }

  /// Why nothing will come any more, or null.
  @Nullable PenstockException broken() {
    return broken;
  }

  /// Lets batches of epochs before this one be planned.
  void allow(long epochs) {
    if (cursor.allow(epochs)) {
      wake();
    }
  }

  /// Goes to another batch; what was planned is dropped.
  void moveTo(long epoch, long index) {
    cursor.moveTo(epoch, index);
    abandoned.addAll(queue);
    queue.clear();
    unopened.clear();
    moved = true;
    starved = false;
    wake();
  }

  /// Passes over some batches from the one that it was moved to; the coordinator finds out where
  /// that leads.
  ///
  /// @return tells when it is done, and how
  PlanCursor skip(long batches) {
    cursor.skip(batches);
    wake();
    return cursor;
  }

  /// A batch's memory is back.
  void batchClosed() {
    starved = false;
    wake();
  }

  /// Asks the store to stop everything. Without the lock.
  void cancelAll() {
    intake.cancelAll();
  }

  /// Waits until nothing is on its way or being decoded. When the coordinator has ended.
  void awaitQuiet() {
    while (!intake.quiet()) {
      sleep();
    }
  }

  /// Gives back the memory of all batches that were not taken, when nothing is on its way any more.
  void release() {
    abandoned.addAll(queue);
    queue.clear();
    abandoned.forEach(batch -> batch.takeLease().ifPresent(Lease::close));
    abandoned.clear();
    intake.drop();
  }

  /// Ends the coordinator.
  void stop() {
    closed = true;
    wake();
    change.signalAll();
  }

  private void wake() {
    events++;
    rouse();
  }

  private void rouse() {
    if (sleeping) {
      sleeping = false;
      work.signal();
    }
  }

  // ---- from other threads, with the lock held

  @Override
  public void progressed() {
    events++;
    if (stall.waiting()) {
      stall.change(cause());
    }
    if (sleeping && (moved || closed || intake.worthAsking(blockedBytes))) {
      rouse();
    }
  }

  @Override
  public void batchDone(BatchAssembly batch) {
    int parts = hooks.parts(batch);
    if (parts == 0) {
      ready(batch);
      return;
    }
    batch.hookParts = parts;
    for (int i = 0; i < parts; i++) {
      int part = i;
      intake.run(
          _ -> hooks.run(batch, part, parts),
          () -> {
            if (--batch.hookParts == 0) {
              ready(batch);
            }
          });
    }
  }

  private void ready(BatchAssembly batch) {
    batch.done = true;
    batch.assembled();
    if (batch == queue.peek()) {
      change.signal();
    }
  }

  @Override
  public void residentArrived(ResidentUnit unit, @Nullable PenstockException problem) {
    for (BatchAssembly batch : residents.arrived(unit, problem)) {
      if (--batch.missingResidents == 0 && batch.ordinal() < opened) {
        gather(batch);
      }
    }
  }

  @Override
  public void broken(PenstockException failure) {
    broken = broken == null ? failure : broken;
    change.signalAll();
  }

  private void gather(BatchAssembly batch) {
    intake.run(
        _ -> {
          residents.gather(batch);
          if (batch.arrived(1)) {
            intake.done(batch);
          }
        },
        () -> {});
  }

  // ---- the coordinator

  /// Does the work until it is stopped or interrupted.
  void run() {
    try {
      while (true) {
        long seen = begin();
        if (seen < 0) {
          return;
        }
        boolean progress = open();
        progress |= fetch();
        progress |= plan();
        if (!progress) {
          rest(seen);
        }
      }
    } catch (RuntimeException | Error e) {
      lock.lock();
      try {
        if (!closed) {
          broken(PendingTransfer.typed(e, "prefetch"));
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// The number of events so far, or −1 at the end.
  private long begin() {
    lock.lock();
    try {
      if (moved && !closed) {
        restart();
      }
      return closed || broken != null ? -1 : events;
    } finally {
      lock.unlock();
    }
  }

  /// Drops everything that was planned for another place.
  private void restart() {
    moved = false;
    fetches.forEach(need -> need.dropped |= need instanceof Group);
    fetches.removeIf(need -> need.dropped);
    intake.drop();
    groups.clear();
    residents.forgetWaiting();
    width.restart();
    while (!intake.idle()) {
      sleep();
    }
    abandoned.forEach(batch -> batch.takeLease().ifPresent(Lease::close));
    abandoned.clear();
    opened = nextOrdinal;
    intake.opened(opened);
  }

  private void sleep() {
    sleeping = true;
    while (sleeping) {
      work.awaitUninterruptibly();
    }
  }

  /// Gives memory to as many batches as possible.
  private boolean open() {
    lock.lock();
    try {
      boolean any = false;
      for (BatchAssembly batch = unopened.peek(); batch != null; batch = unopened.peek()) {
        if (batch.ordinal() - queue.element().ordinal() >= memory.openBatches()) {
          return any;
        }
        if (!batch.hopeless()) {
          Optional<Lease> lease = memory.batch(batch.leaseBytes());
          if (lease.isEmpty()) {
            return any;
          }
          batch.open(lease.get());
        }
        unopened.remove();
        any = true;
        opened = batch.ordinal() + 1;
        intake.opened(opened);
        if (batch.takesResidents() && batch.missingResidents == 0) {
          gather(batch);
        }
        if (batch.arrived(1)) {
          batchDone(batch);
        }
      }
      return any;
    } finally {
      lock.unlock();
    }
  }

  /// Asks for what is needed first, as far as there is room.
  private boolean fetch() {
    boolean any = false;
    for (Need need = nextFetch(); need != null; need = nextFetch()) {
      if (!hungry() || !known(need) || (!need.planned() && catalogs.awaits(need.fragment()))) {
        return any;
      }
      if (!planned(need) || need.asked()) {
        asked(need, 0);
        any = true;
        continue;
      }
      List<Need> together = together(need);
      if (intake.ask(unasked(together), false)) {
        together.forEach(each -> asked(each, each.unasked().size()));
      } else if (intake.ask(need.unasked().subList(0, 1), false)) {
        asked(need, 1);
      } else {
        blocked(Intake.landingBytes(need.unasked().subList(0, 1)));
        return any;
      }
      any = true;
    }
    blocked(0);
    return any;
  }

  /// Whether enough is known of a group and of those behind it to ask for them together; while
  /// there is more to be planned, it is worth the short wait.
  private boolean known(Need need) {
    if (!(need instanceof Group group)) {
      return true;
    }
    if (mustBeSealed && !group.sealed()) {
      return false;
    }
    if (width.groups() == 1 || nextOrdinal >= need.deadline() + width.groups() * spanBatches) {
      return true;
    }
    lock.lock();
    try {
      return !mayPlan();
    } finally {
      lock.unlock();
    }
  }

  private boolean mayPlan() {
    return cursor.allowed()
        && !cursor.skipping()
        && nextOrdinal < opened + lookAhead
        && !moved
        && !closed;
  }

  private @Nullable Need nextFetch() {
    while (!fetches.isEmpty() && fetches.peek().asked()) {
      fetches.remove();
    }
    return fetches.peek();
  }

  private boolean hungry() {
    lock.lock();
    try {
      return intake.hungry() && !moved && !closed;
    } finally {
      lock.unlock();
    }
  }

  private void blocked(long bytes) {
    lock.lock();
    try {
      blockedBytes = bytes;
      if (stall.waiting()) {
        stall.change(cause());
      }
    } finally {
      lock.unlock();
    }
  }

  /// Works out what is read for a need; false if that is not to be found out, which its batches are
  /// told.
  private boolean planned(Need need) {
    try {
      parts.plan(need);
      if (need instanceof ResidentUnit unit && unit.parts().isEmpty()) {
        tell(() -> residentArrived(unit, null));
      }
      return true;
    } catch (PenstockException e) {
      need.plan(List.of());
      tell(() -> {
        switch (need) {
          case Group group -> fail(group, e);
          case ResidentUnit unit -> residentArrived(unit, e);
        }
      });
      return false;
    }
  }

  private void fail(Group group, PenstockException failure) {
    seal(group);
    groups.forget(group);
    parts.fail(group, failure, this::batchDone);
  }

  private void tell(Runnable what) {
    lock.lock();
    try {
      what.run();
    } finally {
      lock.unlock();
    }
  }

  /// A need and what lies behind it on the store and is needed soon: in the same run, not in
  /// another one that the order put elsewhere.
  private List<Need> together(Need need) {
    List<Need> together = new ArrayList<>(List.of(need));
    for (int i = 1; ; i++) {
      Need next =
          switch (need) {
            case Group group -> i < width.groups() ? groups.after(group, i) : null;
            case ResidentUnit unit -> residents.after(unit, i);
          };
      if (next == null
          || !next.untouched()
          || (next instanceof Group && next.deadline() - need.deadline() > i * spanBatches)
          || (!next.planned() && catalogs.awaits(next.fragment()))
          || (mustBeSealed && next instanceof Group group && !group.sealed())) {
        return together;
      }
      if (!planned(next)) {
        return together;
      }
      together.add(next);
    }
  }

  private static List<Part> unasked(List<Need> needs) {
    List<Part> all = new ArrayList<>();
    needs.forEach(need -> all.addAll(need.unasked()));
    return all;
  }

  private void asked(Need need, int parts) {
    need.ask(parts);
    if (need instanceof Group && need.asked()) {
      width.asked(1);
    }
    forgetIfAsked(need);
  }

  private void forgetIfAsked(Need need) {
    if (need instanceof Group group && group.sealed() && group.asked()) {
      groups.forget(group);
    }
  }

  /// Plans one more batch, if that may be, or passes over one.
  private boolean plan() {
    long epoch;
    long index;
    boolean skips;
    lock.lock();
    try {
      skips = cursor.skipping() && !moved && !closed;
      if (!skips && !mayPlan()) {
        if (!cursor.allowed()) {
          groups.takeUnsealed().forEach(this::seal);
        }
        return false;
      }
      epoch = cursor.epoch();
      index = cursor.index();
    } finally {
      lock.unlock();
    }
    if (skips) {
      skip(epoch, index);
    } else {
      plan(epoch, index);
    }
    return true;
  }

  private void plan(long epoch, long index) {
    PlanEvent event = new PlanEvent();
    event.begin();
    Optional<BatchAssembly> batch = planner.batch(epoch, index, nextOrdinal);
    tell(() -> {
      if (!moved) {
        cursor.planned(batch.map(BatchAssembly::rows));
        batch.ifPresent(planned -> {
          add(planned);
          commit(event, planned);
        });
      }
    });
  }

  private void skip(long epoch, long index) {
    try {
      long next = planner.next(epoch, index);
      passed(() -> cursor.skipped(next, endIndex));
    } catch (PenstockException e) {
      passed(() -> cursor.giveUp(e));
    }
  }

  private void passed(Runnable what) {
    tell(() -> {
      if (!moved) {
        what.run();
        if (!cursor.skipping()) {
          change.signalAll();
        }
      }
    });
  }

  private static void commit(PlanEvent event, BatchAssembly batch) {
    event.end();
    if (event.shouldCommit()) {
      event.epoch = batch.rows().epoch();
      event.batch = batch.rows().index();
      event.samples = batch.samples();
      event.bytes = batch.leaseBytes();
      event.commit();
    }
  }

  private void add(BatchAssembly batch) {
    nextOrdinal++;
    queue.add(batch);
    unopened.add(batch);
    if (batch.hopeless()) {
      return;
    }
    residents.request(batch, fetches::add);
    if (parts.streams()) {
      List<Group> full = new ArrayList<>();
      groups.add(batch, fetches::add, full::add);
      full.forEach(this::seal);
      groups.idle(batch.ordinal()).forEach(this::seal);
    }
  }

  private void seal(Group group) {
    intake.seal(group);
    forgetIfAsked(group);
  }

  /// Nothing can be done: waits for something to happen, unless something has happened meanwhile or
  /// only this thread can help.
  private void rest(long seen) {
    Need urgent;
    lock.lock();
    try {
      if (events != seen || closed || moved) {
        return;
      }
      BatchAssembly head = queue.peek();
      if (head == null || head.done || !intake.quiet() || catalogs.awaitsAny()) {
        sleep();
        return;
      }
      if (head.ordinal() >= opened) {
        starved = true;
        change.signalAll();
        sleep();
        return;
      }
      urgent = makeReady(head);
    } finally {
      lock.unlock();
    }
    if (urgent != null && planned(urgent) && !urgent.asked()) {
      if (!intake.ask(urgent.unasked().subList(0, 1), true)) {
        throw new AssertionError("no memory for " + urgent.unasked().getFirst().chunk());
      }
      asked(urgent, 1);
    }
  }

  /// Makes something ready that the next batch waits for.
  ///
  /// @return what has to be asked for, or null if it had landed
  private @Nullable Need makeReady(BatchAssembly head) {
    Need next = nextFetch();
    if (next instanceof ResidentUnit && next.deadline() <= head.ordinal()) {
      return next;
    }
    boolean unasked = next != null && next.deadline() <= head.ordinal();
    Group group = unasked ? (Group) next : intake.held(head.ordinal());
    if (group == null) {
      throw new AssertionError("batch " + head.ordinal() + " waits for nothing that is known");
    }
    intake.unqueue(group);
    Group rest = group.splitBefore(opened);
    if (rest != group) {
      groups.replace(group, rest);
      fetches.add(rest);
    }
    forgetIfAsked(group);
    intake.dispatch(group);
    return unasked ? group : null;
  }
}
