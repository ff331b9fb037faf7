package io.penstock.read;

import io.penstock.error.PenstockException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What batches need of the store and has not been asked for, the earliest first. Confined to the
/// coordinator, but for what says otherwise.
final class FetchQueue {
  private final Intake intake;
  private final Flights flights;
  private final Intake.Listener listener;
  private final CatalogsAhead catalogs;
  private final GroupTable groups;
  private final PartPlanner parts;
  private final ResidentSet residents;
  private final FetchWidth width;
  private final PlanAhead plan;
  private final PlanCursor cursor;
  private final ReentrantLock lock;
  private final boolean mustBeSealed;
  private final long spanBatches;
  private final PriorityQueue<Need> needs =
      new PriorityQueue<>(Comparator.comparingLong(Need::deadline));
  private long blockedBytes;

  /// @param tools what the pipeline is made of
  /// @param lock that guards intake and cursor
  /// @param groupRules when groups are fetched
  FetchQueue(
      Pipeline.Tools tools,
      Intake intake,
      Intake.Listener listener,
      PlanAhead plan,
      PlanCursor cursor,
      ReentrantLock lock,
      GroupRules groupRules) {
    this.intake = intake;
    this.flights = intake.flights();
    this.listener = listener;
    this.catalogs = tools.catalogs();
    this.groups = tools.groups();
    this.parts = tools.parts();
    this.residents = tools.residents();
    this.width = tools.width();
    this.plan = plan;
    this.cursor = cursor;
    this.lock = lock;
    this.mustBeSealed = groupRules.mustBeSealed();
    this.spanBatches = groupRules.spanBatches();
  }

  /// When groups are fetched.
  ///
  /// @param mustBeSealed whether only when all of their uses are known
  /// @param spanBatches over which one pass over a group extends
  record GroupRules(boolean mustBeSealed, long spanBatches) {}

  /// Notes what a batch needs. With the lock held.
  void add(BatchAssembly batch) {
    if (batch.hopeless()) {
      return;
    }
    residents.request(batch, needs::add);
    if (parts.streams()) {
      List<Group> full = new ArrayList<>();
      groups.add(batch, needs::add, full::add);
      full.forEach(this::seal);
      groups.idle(batch.ordinal()).forEach(this::seal);
    }
  }

  /// No batch will use the groups that are known any more. With the lock held.
  void sealAll() {
    groups.takeUnsealed().forEach(this::seal);
  }

  /// Drops everything that was needed for another place. With the lock held.
  void drop() {
    needs.forEach(need -> need.dropped |= need instanceof Group);
    needs.removeIf(need -> need.dropped);
    intake.drop();
    groups.clear();
    residents.forgetWaiting();
    width.restart();
  }

  /// Bytes for which there was no room when it was last asked, or 0. With the lock held.
  long blockedBytes() {
    return blockedBytes;
  }

  /// Asks for what is needed first, as far as there is room. Without the lock.
  ///
  /// @return whether anything was asked for
  boolean fetch() {
    boolean any = false;
    for (Need need = next(); need != null; need = next()) {
      if (!hungry() || !known(need) || (!need.planned() && catalogs.awaits(need.fragment()))) {
        return any;
      }
      flights.reached(need.deadline());
      if (!planned(need) || need.asked()) {
        asked(need, 0);
        any = true;
        continue;
      }
      List<Need> together = together(need);
      if (flights.ask(unasked(together), false)) {
        together.forEach(each -> asked(each, each.unasked().size()));
      } else if (flights.ask(need.unasked().subList(0, 1), false)) {
        asked(need, 1);
      } else {
        blocked(Flights.landingBytes(need.unasked().subList(0, 1)));
        return any;
      }
      any = true;
    }
    blocked(0);
    return any;
  }

  private @Nullable Need next() {
    while (!needs.isEmpty() && needs.peek().asked()) {
      needs.remove();
    }
    return needs.peek();
  }

  private boolean hungry() {
    lock.lock();
    try {
      return intake.hungry() && cursor.going();
    } finally {
      lock.unlock();
    }
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
    if (width.groups() == 1 || plan.planned() >= need.deadline() + width.groups() * spanBatches) {
      return true;
    }
    lock.lock();
    try {
      return !plan.may();
    } finally {
      lock.unlock();
    }
  }

  private void blocked(long bytes) {
    lock.lock();
    try {
      blockedBytes = bytes;
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
        tell(() -> listener.residentArrived(unit, null));
      }
      return true;
    } catch (PenstockException e) {
      need.plan(List.of());
      tell(() -> {
        switch (need) {
          case Group group -> fail(group, e);
          case ResidentUnit unit -> listener.residentArrived(unit, e);
        }
      });
      return false;
    }
  }

  private void fail(Group group, PenstockException failure) {
    seal(group);
    groups.forget(group);
    parts.fail(group, failure, listener::batchDone);
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

  private void seal(Group group) {
    intake.seal(group);
    forgetIfAsked(group);
  }

  /// Makes something ready that the next batch waits for. With the lock held.
  ///
  /// @param opened number of the first batch that is not open
  /// @return what has to be asked for, or null if it had landed
  @Nullable Need makeReady(BatchAssembly head, long opened) {
    Need next = next();
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
      needs.add(rest);
    }
    forgetIfAsked(group);
    intake.dispatch(group);
    return unasked ? group : null;
  }

  /// Asks for a need that the next batch waits for, with memory that is kept for this. Without the
  /// lock, when nothing is on its way.
  void fetchNow(Need need) {
    if (planned(need) && !need.asked()) {
      if (!flights.ask(need.unasked().subList(0, 1), true)) {
        throw new AssertionError("no memory for " + need.unasked().getFirst().chunk());
      }
      asked(need, 1);
    }
  }
}
