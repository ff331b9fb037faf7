package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.error.PenstockException;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What of a loader is on its way from the store, and the memory into which it lands. Guarded by
/// the loader's lock, which callers hold where nothing else is said.
final class Flights {
  private static final int MOST = 128;
  private static final RangeRules RULES =
      new RangeRules(1L << 20, 4, 8L << 20, 16L << 20, Long.MAX_VALUE);

  private final Store store;
  private final LoaderMemory memory;
  private final ReentrantLock lock;
  private final LoaderTally tally;
  private final Arrivals arrivals;
  private final Set<Flight> flights = new LinkedHashSet<>();
  private long landingBytes;
  private boolean cancelled;

  /// Told of what has come, with the lock held; short.
  interface Arrivals {
    /// A part has landed, or has failed.
    void arrived(Part part);

    /// Something has arrived, and has been told.
    void progressed();
  }

  Flights(
      Store store, LoaderMemory memory, ReentrantLock lock, LoaderTally tally, Arrivals arrivals) {
    this.store = store;
    this.memory = memory;
    this.lock = lock;
    this.tally = tally;
    this.arrivals = arrivals;
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
        arrivals.arrived(part);
        arrivals.progressed();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Ranges on their way.
  int count() {
    return flights.size();
  }

  /// Whether it is of use to send more.
  boolean hungry() {
    return flights.size() < MOST;
  }

  /// Whether so much has landed that it is worth sending more.
  ///
  /// @param bytes that there was no room for, or 0
  boolean worthAsking(long bytes) {
    long free = memory.landingBytes() - landingBytes;
    return flights.size() <= MOST / 2
        && (bytes == 0 || free >= Math.max(bytes, memory.landingBytes() / 8));
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
      hopeless.forEach(arrivals::arrived);
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
    return Objects.requireNonNull(value);
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

  /// Gives back what has landed of a part, if anything has.
  void release(Part part) {
    part.release();
    landingBytes -= part.landingBytes;
    part.landingBytes = 0;
  }

  /// Groups are not wanted any more: what is on its way for them is dropped when it lands.
  void drop() {
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
