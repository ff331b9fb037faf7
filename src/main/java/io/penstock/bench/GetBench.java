package io.penstock.bench;

import io.penstock.Penstock;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import io.penstock.store.StoreCounts;
import io.penstock.store.Upload;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// Reads ranges of objects at random places, so many at once, into memory that is reused, and
/// measures. Nothing looks at the bytes: the rate is that of the store and of the way to it.
public final class GetBench {
  private static final int MOST_OBJECTS = 1_000;
  private static final long PART_BYTES = 8L << 20;
  private static final long ALIGNMENT = 4096;
  private static final String MADE = "penstock-bench-get";

  private final Penstock penstock;
  private final Options options;
  private final LongSupplier nanoTime;

  /// What to read.
  ///
  /// @param uri of the store; the objects below it that have a range of that length are read
  /// @param makeBytes the length of an object that is made before and deleted afterwards, to be
  ///   read instead; empty: what is there is read
  /// @param rangeBytes length of each range
  /// @param concurrency how many are asked for at once
  /// @param requests how many are measured
  /// @param warmUp how many are read before
  /// @param seed of the places
  /// @param crc32c whether the CRC-32C of each range is computed, and measured too
  public record Options(
      String uri,
      OptionalLong makeBytes,
      long rangeBytes,
      int concurrency,
      int requests,
      int warmUp,
      long seed,
      boolean crc32c) {
    /// Checks the numbers.
    public Options {
      if (rangeBytes < 1 || concurrency < 1 || requests < 1 || warmUp < 0) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            requests
                + " requests after "
                + warmUp
                + ", "
                + concurrency
                + " at once, of "
                + rangeBytes
                + " bytes: one request of one byte is the least");
      }
      if (makeBytes.isPresent() && makeBytes.getAsLong() < rangeBytes) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "an object of " + makeBytes.getAsLong() + " bytes has no range of " + rangeBytes);
      }
    }
  }

  /// A bench that has not run. Borrows the instance.
  ///
  /// @param nanoTime a clock for intervals
  public GetBench(Penstock penstock, Options options, LongSupplier nanoTime) {
    this.penstock = penstock;
    this.options = options;
    this.nanoTime = nanoTime;
  }

  /// Runs. Blocks.
  ///
  /// @throws NotFoundException when there is no object that is long enough
  /// @throws RefusedException when the ranges that are under way do not fit into the memory budget
  public GetResult run() {
    try (Store store = penstock.store(options.uri());
        Arena arena = Arena.ofShared()) {
      MemorySegment memory = memory(arena);
      return reading(store, objects -> read(store, objects, memory));
    }
  }

  /// Compares: runs a process for Penstock and one for each contender, has them read the same
  /// ranges in turn, round by round, and measures each. Blocks.
  ///
  /// @param contenders what Penstock is compared with
  /// @param rounds how often each reads all the ranges
  /// @param launch starts the processes
  /// @throws RefusedException when a contender's libraries are not there, or it failed
  public GetComparison compare(List<Contender> contenders, int rounds, Launch launch) {
    if (rounds < 1) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, rounds + " rounds; 1 is the least");
    }
    List<Contender> all = new ArrayList<>(List.of(Contender.PENSTOCK));
    contenders.stream().filter(each -> !all.contains(each)).forEach(all::add);
    try (Store store = penstock.store(options.uri())) {
      if (!"s3".equals(store.uri().getScheme())) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, store.uri() + " is not in S3: nothing else reads it");
      }
      return reading(
          store,
          objects -> {
            List<ContenderProcess> processes = new ArrayList<>();
            try {
              for (Contender each : all) {
                processes.add(ContenderProcess.start(each, launch));
              }
              return inTurn(processes, rounds, objects.size(), store.uri().toString());
            } finally {
              processes.forEach(ContenderProcess::close);
            }
          });
    }
  }

  private GetComparison inTurn(
      List<ContenderProcess> processes, int rounds, int objects, String uri) {
    Set<Long> sums = new HashSet<>();
    for (ContenderProcess each : processes) {
      sums.add(each.sum());
    }
    if (sums.size() > 1) {
      throw new RefusedException(
          ErrorCode.INTERNAL, "bench get: the contenders read different bytes of the same range");
    }
    for (int round = 1; round <= rounds; round++) {
      for (ContenderProcess each : processes) {
        each.round(options.seed() + round);
      }
    }
    return new GetComparison(uri, objects, processes.stream().map(ContenderProcess::side).toList());
  }

  /// The other end of [#compare], in a process of its own: reads as one contender, whenever it is
  /// told to. Blocks until there is nothing more to read.
  ///
  /// @param place where what is not Penstock reads from
  /// @param commands what to do, a line each
  /// @param answers what it measured, a line each
  public void contend(
      Contender contender, ServicePlace place, InputStream commands, PrintStream answers) {
    try (Store store = penstock.store(options.uri());
        Arena arena = Arena.ofShared()) {
      List<ObjectInfo> objects =
          options.makeBytes().isPresent() ? List.of(made(store)) : find(store);
      URI root = store.uri();
      boolean own = contender == Contender.PENSTOCK;
      try (RangeReads reads =
              own
                  ? new StoreReads(store, objects)
                  : reads(contender, place, String.valueOf(root.getHost()));
          GetRounds rounds =
              new GetRounds(
                  reads,
                  own ? objects : below(root.getPath().substring(1), objects),
                  options,
                  memory(arena),
                  nanoTime)) {
        new ContenderEnd(rounds, reads.with(), options).serve(commands, answers);
      }
    }
  }

  private RangeReads reads(Contender contender, ServicePlace place, String bucket) {
    SdkClients clients = new SdkClients(place, options.concurrency());
    return switch (contender) {
      case PENSTOCK -> throw new IllegalArgumentException("Penstock reads through a store");
      case RAW -> new SocketReads(place, bucket);
      case HTTP -> new HttpClientReads(place, bucket);
      case SDK_APACHE -> new SdkReads(clients.blocking(), bucket);
      case SDK_NETTY -> SdkLaterReads.overNetty(clients, bucket);
      case CRT -> SdkLaterReads.overCrt(clients, bucket);
    };
  }

  /// The objects under their keys in the bucket.
  private static List<ObjectInfo> below(String prefix, List<ObjectInfo> objects) {
    return objects.stream()
        .map(
            each -> new ObjectInfo(prefix + each.key(), each.bytes(), each.etag(), each.modified()))
        .toList();
  }

  private MemorySegment memory(Arena arena) {
    long memory = Math.multiplyExact(options.rangeBytes(), options.concurrency());
    if (memory > penstock.memoryBudgetBytes()) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          options.concurrency()
              + " ranges of "
              + options.rangeBytes()
              + " bytes at once need "
              + memory
              + " bytes, the memory budget has "
              + penstock.memoryBudgetBytes());
    }
    return arena.allocate(memory, ALIGNMENT);
  }

  /// Does something while there are objects to read.
  private <T> T reading(Store store, Function<List<ObjectInfo>, T> work) {
    boolean makes = options.makeBytes().isPresent();
    List<ObjectInfo> objects = makes ? List.of(make(store)) : find(store);
    try {
      return work.apply(objects);
    } finally {
      if (makes) {
        store.delete(MADE);
      }
    }
  }

  private ObjectInfo make(Store store) {
    long bytes = options.makeBytes().getAsLong();
    SplittableRandom random = new SplittableRandom(options.seed());
    try (Arena arena = Arena.ofShared();
        Upload upload = store.upload(MADE)) {
      MemorySegment part = arena.allocate(PART_BYTES, ALIGNMENT);
      for (long at = 0; at + Long.BYTES <= PART_BYTES; at += Long.BYTES) {
        part.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
      for (long at = 0; at < bytes; at += PART_BYTES) {
        PendingTransfer.await(
            upload.append(part.asSlice(0, Math.min(PART_BYTES, bytes - at))), "put " + MADE);
      }
      upload.complete();
    }
    return made(store);
  }

  private ObjectInfo made(Store store) {
    return store.stat(MADE).orElseThrow(() -> nothing("the object that was made has gone"));
  }

  private List<ObjectInfo> find(Store store) {
    List<ObjectInfo> found =
        store.list("", "", MOST_OBJECTS).objects().stream()
            .filter(object -> object.bytes() >= options.rangeBytes())
            .toList();
    if (found.isEmpty()) {
      throw nothing("no object below " + store.uri() + " has a range of that length");
    }
    return found;
  }

  private NotFoundException nothing(String message) {
    return new NotFoundException(
        ErrorCode.OBJECT_NOT_FOUND, message + ": " + options.rangeBytes() + " bytes");
  }

  private GetResult read(Store store, List<ObjectInfo> objects, MemorySegment memory) {
    try (StoreReads reads = new StoreReads(store, objects);
        GetRounds rounds = new GetRounds(reads, objects, options, memory, nanoTime)) {
      rounds.run(options.warmUp(), options.seed());
      StoreCounts before = store.counts();
      GetRound figures = rounds.run(options.requests(), options.seed() + 1);
      return new GetResult(
          store.uri().toString(),
          objects.size(),
          options.rangeBytes(),
          options.concurrency(),
          figures,
          store.counts().since(before),
          ProcessUsage.peakRssBytes());
    }
  }
}
