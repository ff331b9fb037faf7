package io.penstock.read;

import io.penstock.codec.CodecThreads;
import io.penstock.error.PenstockException;
import io.penstock.load.LoaderStats;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
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

  private final CatalogsAhead catalogs;
  private final LoaderMemory memory;
  private final ResidentSet residents;
  private final HookStage hooks;
  private final Intake intake;
  private final PlanAhead plan;
  private final FetchQueue fetches;
  private final StallClock stall;
  private final int codecThreads;
  private final ReentrantLock lock;
  private final Condition work;
  private final Condition change;

  // Guarded by the lock.
  private final PlanCursor cursor = new PlanCursor();
  private final BatchQueue batches;
  private long events;
  private boolean sleeping;
  private boolean starved;
  private boolean busy;
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
  /// @param reach how far it plans ahead
  /// @param groupRules when groups are fetched
  @SuppressWarnings("this-escape") // nobody calls it before it runs
  Pipeline(
      Tools tools, ReentrantLock lock, PlanAhead.Reach reach, FetchQueue.GroupRules groupRules) {
    this.catalogs = tools.catalogs();
    this.memory = tools.memory();
    this.residents = tools.residents();
    this.hooks = tools.hooks();
    this.stall = tools.tally().stall();
    this.codecThreads = tools.threads().count();
    this.lock = lock;
    this.work = lock.newCondition();
    this.change = lock.newCondition();
    this.batches = new BatchQueue(memory);
    this.intake = new Intake(tools.store(), tools.threads(), memory, lock, tools.tally(), this);
    this.plan =
        new PlanAhead(tools.planner(), intake.flights(), cursor, batches, reach, lock, change);
    this.fetches = new FetchQueue(tools, intake, this, plan, cursor, lock, groupRules);
    this.catalogs.onArrival(this::wake);
  }

  // ---- for the consumer, with the lock held

  /// The next batch if it is planned, or null.
  @Nullable BatchAssembly head() {
    return batches.head();
  }

  /// Takes the next batch, which is done.
  BatchAssembly take() {
    BatchAssembly taken = batches.take();
    BatchAssembly next = batches.head();
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
    if (decodes || (intake.flights().count() == 0 && intake.running() > 0)) {
      return StallClock.Cause.DECODE;
    }
    boolean waitsForNothing = intake.flights().count() == 0 && !catalogs.awaitsAny();
    boolean noRoom = fetches.blockedBytes() > 0 || (waitsForNothing && batches.anyUnopened());
    return starved || (noRoom && intake.flights().count() < MANY_FLIGHTS)
        ? StallClock.Cause.MEMORY
        : StallClock.Cause.NETWORK;
  }

  /// How it stands.
  LoaderStats.Occupancy occupancy() {
    return new LoaderStats.Occupancy(
        memory.usedBytes(),
        memory.budgetBytes(),
        batches.ready(),
        batches.size(),
        intake.flights().count(),
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
    batches.abandon();
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
    intake.flights().cancelAll();
  }

  /// Waits until nothing is on its way or being decoded. When the coordinator has ended.
  void awaitQuiet() {
    while (!intake.quiet()) {
      sleep();
    }
  }

  /// Gives back the memory of all batches that were not taken, when nothing is on its way any more.
  void release() {
    batches.abandon();
    batches.release();
    intake.drop();
  }

  /// Whether it was stopped.
  boolean closed() {
    return cursor.closed();
  }

  /// Ends the coordinator.
  void stop() {
    cursor.close();
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
    boolean useful =
        !cursor.going()
            || intake.worthAsking(fetches.blockedBytes())
            || (busy && intake.almostIdle());
    if (sleeping && useful) {
      rouse();
    }
  }

  @Override
  public void batchDone(BatchAssembly batch) {
    hooks.start(batch, intake, this::ready);
  }

  private void ready(BatchAssembly batch) {
    batch.done = true;
    batch.assembled();
    if (batch == batches.head()) {
      change.signalAll();
    }
  }

  @Override
  public void residentArrived(ResidentUnit unit, @Nullable PenstockException problem) {
    for (BatchAssembly batch : residents.arrived(unit, problem)) {
      if (--batch.missingResidents == 0 && batch.ordinal() < batches.opened()) {
        residents.gather(batch, intake);
      }
    }
  }

  @Override
  public void broken(PenstockException failure) {
    broken = broken == null ? failure : broken;
    change.signalAll();
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
        progress |= fetches.fetch();
        progress |= plan();
        if (!progress) {
          rest(seen);
        }
      }
    } catch (RuntimeException | Error e) {
      lock.lock();
      try {
        if (!cursor.closed()) {
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
      if (cursor.moved() && !cursor.closed()) {
        restart();
      }
      return cursor.closed() || broken != null ? -1 : events;
    } finally {
      lock.unlock();
    }
  }

  /// Drops everything that was planned for another place.
  private void restart() {
    cursor.settled();
    fetches.drop();
    while (!intake.idle()) {
      sleep();
    }
    batches.release();
    intake.opened(batches.opened());
  }

  private void sleep() {
    sleeping = true;
    while (sleeping) {
      work.awaitUninterruptibly();
    }
  }

  /// Gives memory to as many batches as possible, unless the codec threads have enough to do for
  /// those that are open: the fewer are, the more of their memory stays in the processor's caches.
  private boolean open() {
    lock.lock();
    try {
      boolean any = false;
      busy = intake.busy();
      while (!busy) {
        var batch = batches.open();
        if (batch.isEmpty()) {
          return any;
        }
        any = true;
        opened(batch.get());
        busy = intake.busy();
      }
      return any;
    } finally {
      lock.unlock();
    }
  }

  private void opened(BatchAssembly batch) {
    intake.opened(batches.opened());
    if (batch.takesResidents() && batch.missingResidents == 0) {
      residents.gather(batch, intake);
    }
    if (batch.arrived(1)) {
      batchDone(batch);
    }
  }

  /// Plans one more batch, if that may be.
  private boolean plan() {
    boolean planned = plan.plan(fetches::add);
    lock.lock();
    try {
      if (!planned && !cursor.allowed()) {
        fetches.sealAll();
      }
      if (stall.waiting()) {
        stall.change(cause());
      }
    } finally {
      lock.unlock();
    }
    return planned;
  }

  /// Nothing can be done: waits for something to happen, unless something has happened meanwhile or
  /// only this thread can help.
  private void rest(long seen) {
    Need urgent;
    lock.lock();
    try {
      if (events != seen || !cursor.going()) {
        return;
      }
      BatchAssembly head = batches.head();
      if (head == null || head.done || !intake.quiet() || catalogs.awaitsAny()) {
        sleep();
        return;
      }
      if (head.ordinal() >= batches.opened()) {
        starved = true;
        change.signalAll();
        sleep();
        return;
      }
      urgent = fetches.makeReady(head, batches.opened());
    } finally {
      lock.unlock();
    }
    if (urgent != null) {
      fetches.fetchNow(urgent);
    }
  }
}
