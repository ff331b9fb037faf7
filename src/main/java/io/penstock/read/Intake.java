package io.penstock.read;

import io.penstock.codec.CodecContext;
import io.penstock.codec.CodecThreads;
import io.penstock.error.PenstockException;
import io.penstock.store.Store;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What comes in for a loader: keeps what lands until it is ready, and has it decoded on the codec
/// threads. Its state is guarded by the loader's lock, which callers of all methods hold, but for
/// [#done].
final class Intake implements Flights.Arrivals {
  /*
   * What has landed and is ready goes to the codec threads at once, from the thread on which it
   * landed. What is not ready waits in its need, encoded; the needs that are sealed wait in the
   * order of their last use, so that an opened batch finds those that it makes ready.
   *
   * Where the store is near and faster than the codec, reading ahead without end would only move
   * encoded bytes out of the processor's caches before they are decoded. So nothing more is asked
   * for while so much lies here that the codec threads are busy for a short while. What is asked of
   * a far store comes so much later that only memory bounds it: with any other bound, what had been
   * asked for would come at once, and after it nothing for a while.
   */
  private static final long ENOUGH_BACKLOG_CHUNKS = 2; // for each codec thread

  private final Store store;
  private final CodecThreads threads;
  private final LoaderMemory memory;
  private final ReentrantLock lock;
  private final Listener listener;
  private final LoaderTally tally;
  private final Flights flights;
  private final Set<Group> holding = new LinkedHashSet<>();
  private final PriorityQueue<Group> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Group::lastUse));
  private final long enoughBacklogBytes;
  private long backlogBytes;
  private int running;
  private long opened;

  /// Told of what happens, with the lock held; short.
  interface Listener {
    /// A flight has ended, or a task of a codec thread has.
    void progressed();

    /// A batch waits for nothing any more.
    void batchDone(BatchAssembly batch);

    /// A part of a resident column is there, or could not be read.
    void residentArrived(ResidentUnit unit, @Nullable PenstockException problem);

    /// A task could not be given to the codec threads.
    void broken(PenstockException failure);
  }

  Intake(
      Store store,
      CodecThreads threads,
      LoaderMemory memory,
      ReentrantLock lock,
      LoaderTally tally,
      Listener listener) {
    this.store = store;
    this.threads = threads;
    this.memory = memory;
    this.lock = lock;
    this.tally = tally;
    this.listener = listener;
    this.flights = new Flights(store, memory, lock, tally, this);
    this.enoughBacklogBytes =
        store.near()
            ? ENOUGH_BACKLOG_CHUNKS * threads.count() * memory.needs().encodedChunkBytes()
            : Long.MAX_VALUE;
  }

  /// Tasks that codec threads work on, or will.
  int running() {
    return running;
  }

  /// What is on its way.
  Flights flights() {
    return flights;
  }

  /// Needs of which something has landed that cannot be decoded yet.
  int holding() {
    return holding.size();
  }

  /// Whether nothing is on its way or being decoded.
  boolean quiet() {
    return flights.count() == 0 && running == 0;
  }

  /// Whether no codec thread works for this loader.
  boolean idle() {
    return running == 0;
  }

  /// Whether it is of use to ask for more now.
  boolean hungry() {
    return flights.hungry() && !busy();
  }

  /// Whether the codec threads have enough to do for a while.
  boolean busy() {
    return backlogBytes >= enoughBacklogBytes;
  }

  /// Whether they will soon have nothing to do.
  boolean almostIdle() {
    return backlogBytes <= enoughBacklogBytes / 2;
  }

  /// Whether so much has been done that it is worth waking whoever asks for more.
  ///
  /// @param bytes that it found no room for, or 0
  boolean worthAsking(long bytes) {
    return quiet() || (almostIdle() && flights.worthAsking(bytes));
  }

  @Override
  public void progressed() {
    listener.progressed();
  }

  @Override
  public void arrived(Part part) {
    Need need = part.need();
    if (need.dropped) {
      flights.release(part);
    } else if (need.ready(opened)) {
      submit(part);
    } else if (need instanceof Group group) {
      if (holding.add(group) && group.sealed()) {
        waiting.add(group);
      }
      need.landed.add(part);
    }
  }

  /// A group will have no more uses.
  void seal(Group group) {
    if (group.sealed()) {
      return;
    }
    group.seal();
    if (holding.contains(group)) {
      if (group.ready(opened)) {
        dispatch(group);
      } else {
        waiting.add(group);
      }
    }
  }

  /// One more batch is open: what it makes ready is decoded.
  void opened(long end) {
    opened = end;
    for (Group group = waiting.peek();
        group != null && group.ready(opened);
        group = waiting.peek()) {
      waiting.remove();
      dispatch(group);
    }
  }

  /// A group that was held has become ready.
  void dispatch(Group group) {
    holding.remove(group);
    while (!group.landed.isEmpty()) {
      submit(group.landed.remove());
    }
  }

  /// A group that holds something which a batch needs, or null. For the coordinator.
  @Nullable Group held(long ordinal) {
    for (Group group : holding) {
      if (group.deadline() <= ordinal) {
        return group;
      }
    }
    return null;
  }

  /// A group's last use is about to change.
  void unqueue(Group group) {
    waiting.remove(group);
  }

  private void submit(Part part) {
    long bytes = part.hopeless() ? 0 : part.chunk().length();
    backlogBytes += bytes;
    run(
        context -> finish(part, context),
        () -> {
          backlogBytes -= bytes;
          flights.release(part);
          if (part instanceof ResidentPart resident) {
            listener.residentArrived((ResidentUnit) part.need(), resident.problem());
          }
        });
  }

  private void finish(Part part, CodecContext context) {
    DecodeEvent event = new DecodeEvent();
    event.begin();
    long since = tally.now();
    part.finish(store, context, memory.scratch(), tally, this::done);
    if (part.hopeless()) {
      return;
    }
    ChunkRead chunk = part.chunk();
    long decodedBytes = chunk.array().codec().decodedBytes();
    tally.decodedFor(since);
    event.end();
    if (event.shouldCommit()) {
      event.array = chunk.array().toString();
      event.chunk = chunk.chunk();
      event.storedBytes = chunk.length();
      event.decodedBytes = decodedBytes;
      event.commit();
    }
  }

  /// Runs something on a codec thread, and then something else with the lock held.
  void run(CodecThreads.Task task, Runnable after) {
    running++;
    try {
      threads.submit(context -> {
        try {
          task.run(context);
        } finally {
          lock.lock();
          try {
            running--;
            after.run();
            listener.progressed();
          } finally {
            lock.unlock();
          }
        }
      });
    } catch (PenstockException e) {
      running--;
      after.run();
      listener.broken(e);
    }
  }

  /// A batch waits for nothing any more; from a codec thread, without the lock.
  void done(BatchAssembly batch) {
    lock.lock();
    try {
      listener.batchDone(batch);
    } finally {
      lock.unlock();
    }
  }

  /// Drops what is held, and what is on its way for groups when it lands.
  void drop() {
    for (Group group : holding) {
      group.dropped = true;
      group.landed.forEach(flights::release);
      group.landed.clear();
    }
    holding.clear();
    waiting.clear();
    flights.drop();
  }
}
