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
  /// Ranges that are on their way at once.
  static final int MOST = 128;

  private static final RangeRules RULES =
      new RangeRules(1L << 20, 4, 8L << 20, 16L << 20, Long.MAX_VALUE);

  private final Store store;
  private final LoaderMemory memory;
  private final ReentrantLock lock;
  private final LoaderTally tally;
  private final Arrivals arrivals;
  private final Set<Flight> flights = new LinkedHashSet<>();

  /// Chunks that nobody has wanted yet, in the order in which they were asked for.
  private final Map<ChunkAt, Seat> early = new LinkedHashMap<>();

  private long earlyFor;
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

  /// A chunk on its way: for a part, or for the one that will want it.
  private static final class Seat {
    private final ChunkRead chunk;
    private final long slotBytes;
    private @Nullable Part part;
    private @Nullable Lease encoded;
    private @Nullable PenstockException failure;
    private boolean ended;
    private boolean unwanted;

    Seat(ChunkRead chunk) {
      this.chunk = chunk;
      this.slotBytes = BufferPool.slotBytes(chunk.length());
    }

    Seat(Part part) {
      this(part.chunk());
      this.part = part;
    }
  }

  /// A chunk of an array; arrays are compared by identity.
  private record ChunkAt(StoredArray array, long chunk) {
    static ChunkAt of(ChunkRead read) {
      return new ChunkAt(read.array(), read.chunk());
    }
  }

  /// One range on its way.
  private final class Flight implements RangeFetch.Arrivals {
    private final RangeRead range;
    private final List<Seat> seats;
    private final FetchEvent event = new FetchEvent();
    private final long since = tally.now();
    private final long wanted;
    private int left;
    private boolean success = true;
    private @Nullable RangeFetch fetch;

    Flight(RangeRead range, List<Seat> seats) {
      this.range = range;
      this.seats = seats;
      this.left = seats.size();
      this.wanted =
          seats.stream()
              .filter(seat -> seat.part != null)
              .mapToLong(seat -> seat.chunk.length())
              .sum();
      event.begin();
    }

    @Override
    public void landed(int chunk, Lease encoded) {
      ended(seats.get(chunk), encoded, null);
    }

    @Override
    public void failed(int chunk, PenstockException failure) {
      ended(seats.get(chunk), null, failure);
    }

    @Override
    public void askedAgain() {
      tally.askedAgain();
    }

    private void over() {
      tally.fetched(since, range.range().length(), wanted, success);
      event.end();
      if (event.shouldCommit()) {
        event.object = range.array().key(range.shard());
        event.offset = range.range().offset();
        event.bytes = range.range().length();
        event.chunks = seats.size();
        event.success = success;
        event.commit();
      }
    }

    private void ended(Seat seat, @Nullable Lease encoded, @Nullable PenstockException failure) {
      lock.lock();
      try {
        seat.encoded = encoded;
        seat.failure = failure;
        seat.ended = true;
        success &= failure == null;
        if (--left == 0) {
          flights.remove(this);
          over();
        }
        Part part = seat.part;
        if (part != null) {
          handOn(seat, part);
        } else if (seat.unwanted) {
          release(seat);
        }
        arrivals.progressed();
      } finally {
        lock.unlock();
      }
    }
  }

  /// A part gets what has come of its chunk.
  private void handOn(Seat seat, Part part) {
    PenstockException failure = seat.failure;
    Lease encoded = seat.encoded;
    if (failure != null) {
      part.failed(part.chunk().equals(seat.chunk) ? failure : part.chunk().placed(failure));
    } else if (encoded != null) {
      part.landed(encoded);
    }
    arrivals.arrived(part);
  }

  /// Gives back the memory of a chunk that nobody wants.
  private void release(Seat seat) {
    Lease encoded = seat.encoded;
    if (encoded != null) {
      encoded.close();
    }
    landingBytes -= seat.slotBytes;
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
    List<Part> missing = early.isEmpty() ? parts : notEarly(parts);
    if (!urgent && !fits(landingBytes(missing))) {
      return false;
    }
    List<Part> hopeless = new ArrayList<>();
    IdentityHashMap<ChunkRead, Seat> seats = new IdentityHashMap<>();
    IdentityHashMap<ChunkRead, Lease> leases = new IdentityHashMap<>();
    for (Part part : missing) {
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
      seats.put(part.chunk(), new Seat(part));
    }
    lock.lock();
    try {
      for (Part part : parts) {
        part.landingBytes = part.hopeless() ? 0 : BufferPool.slotBytes(part.chunk().length());
      }
      seats.values().forEach(seat -> landingBytes += seat.slotBytes);
      hopeless.forEach(arrivals::arrived);
      if (missing.size() < parts.size()) {
        parts.forEach(this::takeEarly);
      }
    } finally {
      lock.unlock();
    }
    start(seats, leases);
    return true;
  }

  private List<Part> notEarly(List<Part> parts) {
    return parts.stream().filter(part -> !early.containsKey(ChunkAt.of(part.chunk()))).toList();
  }

  /// Gives a part its chunk, if it was asked for early. With the lock held.
  private void takeEarly(Part part) {
    Seat seat = early.remove(ChunkAt.of(part.chunk()));
    if (seat != null) {
      seat.part = part;
      tally.used(seat.chunk.length());
      if (seat.ended) {
        handOn(seat, part);
      }
    }
  }

  /// Asks for chunks before it is known for certain that a batch needs them, as far as half of the
  /// memory for landing holds them. Without the lock.
  ///
  /// @param chunks that can be read, those that are likely needed first before the others
  /// @param ordinal of the batch
  void askEarly(List<ChunkRead> chunks, long ordinal) {
    giveUpEarly();
    earlyFor = ordinal;
    IdentityHashMap<ChunkRead, Seat> seats = new IdentityHashMap<>();
    IdentityHashMap<ChunkRead, Lease> leases = new IdentityHashMap<>();
    long taken = 0;
    for (ChunkRead chunk : chunks) {
      Seat seat = new Seat(chunk);
      taken += seat.slotBytes;
      Optional<Lease> lease =
          fits(taken + memory.landingBytes() / 2)
              ? memory.landing(chunk.length())
              : Optional.empty();
      if (lease.isEmpty()) {
        taken -= seat.slotBytes;
        break;
      }
      if (early.putIfAbsent(ChunkAt.of(chunk), seat) == null) {
        seats.put(chunk, seat);
        leases.put(chunk, lease.get());
      } else {
        lease.get().close();
        taken -= seat.slotBytes;
      }
    }
    lock.lock();
    try {
      landingBytes += taken;
    } finally {
      lock.unlock();
    }
    start(seats, leases);
  }

  /// What batches up to this one need has been asked for: nobody will want what was asked for early
  /// for one before it. Without the lock.
  void reached(long ordinal) {
    if (!early.isEmpty() && ordinal > earlyFor) {
      giveUpEarly();
    }
  }

  private void giveUpEarly() {
    lock.lock();
    try {
      for (Seat seat : early.values()) {
        seat.unwanted = true;
        if (seat.ended) {
          release(seat);
        }
      }
      early.clear();
    } finally {
      lock.unlock();
    }
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

  private void start(
      IdentityHashMap<ChunkRead, Seat> seats, IdentityHashMap<ChunkRead, Lease> leases) {
    for (RangeRead range : ranges(seats.keySet())) {
      start(
          range,
          range.chunks().stream().map(chunk -> known(seats.get(chunk))).toList(),
          range.chunks().stream().map(chunk -> known(leases.get(chunk))).toList());
    }
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

  private void start(RangeRead range, List<Seat> seats, List<Lease> leases) {
    Flight flight = new Flight(range, seats);
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
      for (Seat seat : flight.seats) {
        Part part = seat.part;
        if (part != null) {
          part.need().dropped |= part.need() instanceof Group;
        }
      }
    }
    giveUpEarly();
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
