package io.penstock.bench;

import io.penstock.Penstock;
import io.penstock.codec.ChunkCodec;
import io.penstock.codec.CodecChoice;
import io.penstock.codec.CodecContext;
import io.penstock.store.ByteRange;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Question: do landing and decoding together cost more than each alone? Chunks of 64 images of 64
/// × 64 × 3 bytes, zstd 3 and a CRC-32C behind, come from a service that answers ranges, 32 at
/// once; two threads check and decode them.
///
/// Controls, each round in turn: bare sockets that land the same ranges and do nothing with them;
/// the same two threads decoding the same chunks, which lie in memory.
///
/// Command: `docs/benchmarks/over_nginx.sh FOLDER chunks`, which makes the object (`make FILE`),
/// serves it, and has it read (`read ENDPOINT FILE ROUNDS`).
public final class ServedChunks {
  private static final int WARM_UP = 6;
  private static final int CHUNKS = 512;
  private static final int PASSES = 3;
  private static final int AT_ONCE = 32;
  private static final int DECODERS = 2;
  private static final Shape SHAPE = Shape.of(64, 64, 64, 3);
  private static final String BUCKET = "bench";
  private static final String KEY = "chunks/object";

  private final CodecContext planning = new CodecContext();
  private final ChunkCodec codec =
      new CodecChoice.Zstd(3)
          .chain(DataType.UINT8, List.of(), planning)
          .bind(DataType.UINT8, SHAPE);

  private ServedChunks() {}

  /// Makes the object, or reads it.
  public static void main(String[] args) throws IOException, InterruptedException {
    ServedChunks bench = new ServedChunks();
    switch (args[0]) {
      case "make" -> bench.make(Path.of(args[1]));
      case "read" -> bench.compare(args[1], Path.of(args[2]), Integer.parseInt(args[3]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static Path lengths(Path object) {
    return object.resolveSibling(object.getFileName() + ".lengths");
  }

  private void make(Path object) throws IOException {
    List<String> lengths = new ArrayList<>();
    Files.createDirectories(object.toAbsolutePath().getParent());
    try (Arena arena = Arena.ofConfined();
        OutputStream out = Files.newOutputStream(object)) {
      MemorySegment images = arena.allocate(codec.decodedBytes(), 64);
      MemorySegment encoded = arena.allocate(codec.maxEncodedBytes(), 64);
      SplittableRandom random = new SplittableRandom(1);
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        draw(images, random);
        long bytes = codec.encode(images, encoded, planning);
        out.write(encoded.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
        lengths.add(Long.toString(bytes));
      }
    }
    Files.write(lengths(object), lengths);
  }

  /// Slopes in steps of 8 and two bits of noise.
  private static void draw(MemorySegment images, SplittableRandom random) {
    double slope = 0;
    for (long at = 0; at < images.byteSize(); at++) {
      if (at % (64 * 3) == 0) {
        slope = random.nextDouble(-0.6, 0.6);
      }
      int step = (int) Math.floor((128 + slope * (at % (64 * 3))) / 8) * 8 + random.nextInt(4);
      images.set(ValueLayout.JAVA_BYTE, at, (byte) Math.clamp(step, 0, 255));
    }
  }

  private void compare(String endpoint, Path object, int rounds)
      throws IOException, InterruptedException {
    List<ByteRange> ranges = new ArrayList<>();
    long at = 0;
    for (String length : Files.readAllLines(lengths(object))) {
      ranges.add(new ByteRange(at, Long.parseLong(length)));
      at += Long.parseLong(length);
    }
    ServicePlace place = ServicePlace.of(Optional.of(endpoint), Optional.empty(), true);
    try (Arena arena = Arena.ofShared();
        Penstock penstock = Penstock.builder().s3Endpoint(endpoint).s3Anonymous(true).build();
        Store store = penstock.store("s3://" + BUCKET);
        Run run = new Run(arena, ranges, store, new SocketReads(place, BUCKET))) {
      run.keep(Files.readAllBytes(object));
      List<double[]> all = new ArrayList<>();
      for (int round = -WARM_UP; round < rounds; round++) {
        double[] cpu = {run.land(), run.decode(), run.both()};
        double gb = (double) PASSES * at / 1e9;
        System.out.printf(
            Locale.ROOT,
            "round %d: landing %.3f, decoding %.3f, both %.3f CPU-s for each stored GB: %.3f%n",
            round + 1,
            cpu[0] / gb,
            cpu[1] / gb,
            cpu[2] / gb,
            cpu[2] / (cpu[0] + cpu[1]));
        if (round >= 0) {
          all.add(cpu);
        }
      }
      Spread ratio =
          Spread.of(all.stream().mapToDouble(cpu -> cpu[2] / (cpu[0] + cpu[1])).toArray());
      System.out.printf(
          Locale.ROOT,
          "both, as a multiple of the sum: %.3f (%.3f to %.3f)%n",
          ratio.median(),
          ratio.least(),
          ratio.most());
    }
  }

  private record Landed(int slot, long bytes) {}

  /// The three ways, over the same memory.
  private final class Run implements AutoCloseable {
    private final List<ByteRange> ranges;
    private final Store store;
    private final MemorySegment slots;
    private final MemorySegment kept;
    private final List<MemorySegment> rooms = new ArrayList<>();
    private final List<CodecContext> contexts = new ArrayList<>();
    private final List<RangeReads.Reader> readers = new ArrayList<>();
    private final long most;

    Run(Arena arena, List<ByteRange> ranges, Store store, RangeReads.Blocking raw) {
      this.ranges = ranges;
      this.store = store;
      this.most = codec.maxEncodedBytes();
      this.slots = arena.allocate(most * AT_ONCE, 4096);
      this.kept = arena.allocate(ranges.getLast().end(), 4096);
      for (int i = 0; i < AT_ONCE; i++) {
        readers.add(raw.reader());
      }
      for (int i = 0; i < DECODERS; i++) {
        rooms.add(arena.allocate(codec.decodedBytes(), 4096));
        contexts.add(new CodecContext());
      }
    }

    void keep(byte[] object) {
      kept.copyFrom(MemorySegment.ofArray(object));
    }

    private MemorySegment slot(int slot, long bytes) {
      return slots.asSlice(slot * most, bytes);
    }

    /// Something that one of several threads does with the next chunk.
    private interface Step {
      void with(int thread, ByteRange range) throws IOException;
    }

    private double threads(int count, Step step) throws InterruptedException {
      long cpu = ProcessUsage.cpuNanos();
      AtomicInteger next = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int thread = i;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int at = next.getAndIncrement();
                      at < PASSES * ranges.size();
                      at = next.getAndIncrement()) {
                    try {
                      step.with(thread, ranges.get(at % ranges.size()));
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return (ProcessUsage.cpuNanos() - cpu) / 1e9;
    }

    double land() throws InterruptedException {
      return threads(
          AT_ONCE,
          (thread, range) -> readers.get(thread).read(KEY, range, slot(thread, range.length())));
    }

    double decode() throws InterruptedException {
      return threads(
          DECODERS,
          (thread, range) ->
              codec.decode(
                  kept.asSlice(range.offset(), range.length()),
                  rooms.get(thread),
                  contexts.get(thread)));
    }

    double both() throws InterruptedException {
      long cpu = ProcessUsage.cpuNanos();
      int all = PASSES * ranges.size();
      BlockingQueue<Integer> free = new LinkedBlockingQueue<>();
      for (int i = 0; i < AT_ONCE; i++) {
        free.add(i);
      }
      BlockingQueue<Landed> landed = new LinkedBlockingQueue<>();
      AtomicInteger taken = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < DECODERS; i++) {
        int thread = i;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    while (taken.getAndIncrement() < all) {
                      Landed one = landed.take();
                      codec.decode(
                          slot(one.slot(), one.bytes()), rooms.get(thread), contexts.get(thread));
                      free.add(one.slot());
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
      }
      StoreReads reads = new StoreReads(store, List.of());
      for (int i = 0; i < all; i++) {
        ByteRange range = ranges.get(i % ranges.size());
        int slot = free.take();
        var _ =
            reads
                .read(KEY, range, slot(slot, range.length()))
                .whenComplete((_, failure) -> {
                  if (failure != null) {
                    System.err.println(failure);
                    System.exit(1);
                  }
                  landed.add(new Landed(slot, range.length()));
                });
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return (ProcessUsage.cpuNanos() - cpu) / 1e9;
    }

    @Override
    public void close() throws IOException {
      for (RangeReads.Reader reader : readers) {
        reader.close();
      }
      contexts.forEach(CodecContext::close);
    }
  }
}
