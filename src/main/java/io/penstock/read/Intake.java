package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecContext;
import io.penstock.codec.CodecThreads;
import io.penstock.error.PenstockException;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a loader has on its way: asks the store for parts of needs, keeps what lands until it is
/// ready, has it decoded on the codec threads. Its state is guarded by the loader's lock, which
/// callers of all methods but [#ask] and [#cancelAll] hold.
final class Intake {
  /*
   * What has landed and is ready goes to the codec threads at once, from the thread on which it
   * landed. What is not ready waits in its need, encoded; the needs that are sealed wait in the
   * order of their last use, so that an opened batch finds those that it makes ready.
   *
   * Where the store is faster than the codec, reading ahead without end would only move encoded
   * bytes out of the processor's caches before they are decoded. So nothing more is asked for while
   * so much lies here that the codec threads are busy for a while.
   */
  private static final int MOST_FLIGHTS = 128;
  private static final long ENOUGH_BACKLOG_BYTES = 8L << 20;
  private static final RangeRules RULES =
      new RangeRules(1L << 20, 4, 8L << 20, 16L << 20, Long.MAX_VALUE);

  private final Store store;
  private final CodecThreads threads;
  private final LoaderMemory memory;
  private final ReentrantLock lock;
  private final Listener listener;
  private final LoaderTally tally;
  private final Set<Flight> flights = new LinkedHashSet<>();
  private final Set<Group> holding = new LinkedHashSet<>();
  private final PriorityQueue<Group> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Group::lastUse));
  private long landingBytes;
  private long backlogBytes;
  private int running;
  private long opened;
  private boolean cancelled;

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
  }

  /// One range on its way.
  private final class Flight implements RangeFetch.Arrivals {
    private final RangeRead range;
    private final List<Part> parts;
    private final FetchEvent event = new FetchEvent();
    private final long since = tally.now();
    private int left;
    private boolean success = true;
    private @Nullable RangeFetch fetch;

    Flight(RangeRead range, List<Part> parts) {
      this.range = range;
      this.parts = parts;
      this.left = parts.size();
      event.begin();
    }

    @Override
    public void landed(int chunk, Lease encoded) {
      parts.get(chunk).landed(encoded);
      ended(parts.get(chunk));
    }

    @Override
    public void failed(int chunk, PenstockException failure) {
      parts.get(chunk).failed(failure);
      success = false;
      ended(parts.get(chunk));
    }

    @Override
    public void askedAgain() {
      tally.askedAgain();
    }

    private void over() {
      long bytes = range.range().length();
      long wanted = 0;
      for (Part part : parts) {
        wanted += part.chunk().length();
      }
      tally.fetched(since, bytes, wanted, success);
      event.end();
      if (event.shouldCommit()) {
        event.object = range.array().key(range.shard());
        event.offset = range.range().offset();
        event.bytes = bytes;
        event.chunks = parts.size();
        event.success = success;
        event.commit();
      }
    }

    private void ended(Part part) {
      lock.lock();
      try {
        if (--left == 0) {
          flights.remove(this);
          over();
        }
        arrived(part);
        listener.progressed();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Tasks that codec threads work on, or will.
  int running() {
    return running;
  }

  /// Ranges on their way.
  int flights() {
    return flights.size();
  }

  /// Needs of which something has landed that cannot be decoded yet.
  int holding() {
    return holding.size();
  }

  /// Whether nothing is on its way or being decoded.
  boolean quiet() {
    return flights.isEmpty() && running == 0;
  }

  /// Whether no codec thread works for this loader.
  boolean idle() {
    return running == 0;
  }

  /// Whether it is of use to ask for more now.
  boolean hungry() {
    return flights.size() < MOST_FLIGHTS && backlogBytes < ENOUGH_BACKLOG_BYTES;
  }

  /// Whether so much has been done that it is worth waking whoever asks for more.
  ///
  /// @param bytes that it found no room for, or 0
  boolean worthAsking(long bytes) {
    long free = memory.landingBytes() - landingBytes;
    return quiet()
        || (flights.size() <= MOST_FLIGHTS / 2
            && backlogBytes <= ENOUGH_BACKLOG_BYTES / 2
            && (bytes == 0 || free >= Math.max(bytes, memory.landingBytes() / 8)));
  }

  /// Slots that the parts take when they land.
  static long landingBytes(List<Part> parts) {
    long bytes = 0;
    for (Part part : parts) {
      bytes += part.hopeless() ? 0 : BufferPool.slotBytes(part.chunk().length());
    }
    return bytes;
  }

  /// Asks the store for these parts, in as few ranges as is reasonable, if there is memory for all
  /// of them. Without the lock.
  ///
  /// @param urgent whether memory may be used that is kept for what the next batch needs
  /// @return whether they have been asked for
  boolean ask(List<Part> parts, boolean urgent) {
    if (!urgent && !fits(landingBytes(parts))) {
      return false;
    }
    List<Part> hopeless = new ArrayList<>();
    IdentityHashMap<ChunkRead, Part> byChunk = new IdentityHashMap<>();
    IdentityHashMap<ChunkRead, Lease> leases = new IdentityHashMap<>();
    for (Part part : parts) {
      if (part.hopeless()) {
        hopeless.add(part);
        continue;
      }
      long bytes = part.chunk().length();
      Optional<Lease> lease = urgent ? memory.urgent(bytes) : memory.landing(bytes);
      if (lease.isEmpty()) {
        leases.values().forEach(Lease::close);
        return false;
      }
      leases.put(part.chunk(), lease.get());
      byChunk.put(part.chunk(), part);
    }
    lock.lock();
    try {
      for (Part part : byChunk.values()) {
        part.landingBytes = BufferPool.slotBytes(part.chunk().length());
        landingBytes += part.landingBytes;
      }
      hopeless.forEach(this::arrived);
    } finally {
      lock.unlock();
    }
    for (RangeRead range : ranges(byChunk.keySet())) {
      start(
          range,
          range.chunks().stream().map(chunk -> known(byChunk.get(chunk))).toList(),
          range.chunks().stream().map(chunk -> known(leases.get(chunk))).toList());
    }
    return true;
  }

  private boolean fits(long bytes) {
    lock.lock();
    try {
      return landingBytes + bytes <= memory.landingBytes();
    } finally {
      lock.unlock();
    }
  }

  private static <T> T known(@Nullable T value) {
    return java.util.Objects.requireNonNull(value);
  }

  private record ShardOf(StoredArray array, int shard) {}

  private static List<RangeRead> ranges(Set<ChunkRead> chunks) {
    if (chunks.size() == 1) {
      return List.of(new RangeRead(List.copyOf(chunks)));
    }
    Map<ShardOf, List<ChunkRead>> byShard = new LinkedHashMap<>();
    for (ChunkRead chunk : chunks) {
      byShard
          .computeIfAbsent(new ShardOf(chunk.array(), chunk.shard()), _ -> new ArrayList<>())
          .add(chunk);
    }
    List<RangeRead> ranges = new ArrayList<>();
    byShard.values().forEach(each -> ranges.addAll(RULES.merge(each)));
    return ranges;
  }

  private void start(RangeRead range, List<Part> parts, List<Lease> leases) {
    Flight flight = new Flight(range, parts);
    RangeFetch fetch = new RangeFetch(store, range, leases, flight);
    boolean late;
    lock.lock();
    try {
      flight.fetch = fetch;
      flights.add(flight);
      tally.inFlight(flights.size());
      late = cancelled;
    } finally {
      lock.unlock();
    }
    if (late) {
      fetch.cancel();
    }
    fetch.start();
  }

  /// A part has landed, or has failed.
  private void arrived(Part part) {
    Need need = part.need();
    if (need.dropped) {
      release(part);
    } else if (need.ready(opened)) {
      submit(part);
    } else if (need instanceof Group group) {
      if (holding.add(group) && group.sealed()) {
        waiting.add(group);
      }
      need.landed.add(part);
    }
  }

  private void release(Part part) {
    part.release();
    landingBytes -= part.landingBytes;
    part.landingBytes = 0;
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
          release(part);
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
      group.landed.forEach(this::release);
      group.landed.clear();
    }
    holding.clear();
    waiting.clear();
    for (Flight flight : flights) {
      for (Part part : flight.parts) {
        part.need().dropped |= part.need() instanceof Group;
      }
    }
  }

  /// Asks the store to stop everything, now and later. Without the lock.
  void cancelAll() {
    List<Flight> all;
    lock.lock();
    try {
      cancelled = true;
      all = List.copyOf(flights);
    } finally {
      lock.unlock();
    }
    for (Flight flight : all) {
      RangeFetch fetch = flight.fetch;
      if (fetch != null) {
        fetch.cancel();
      }
    }
  }
}
