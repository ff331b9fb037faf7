package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.S3Parts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every byte of ranges of random sizes, places and gaps is the object's and lies where it was to
/// land, and nothing beside it is touched: over every transport, from every server, plain and
/// encrypted.
@ParameterizedClass(name = "{0}")
@EnumSource
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExactRangesIT {
  // A build reads 10,000 ranges in each cell; -Dpenstock.ranges=N reads more, of which MinIO, the
  // slowest, gets a tenth. Other ranges come with -Dpenstock.ranges.seed=N.
  private static final int ENOUGH = 10_000;
  private static final int RANGES = Integer.getInteger("penstock.ranges", ENOUGH);
  private static final long SEED = Long.getLong("penstock.ranges.seed", 1);

  private static final int OBJECTS = 3;
  private static final int OBJECT_BYTES = (6 << 20) + 4_321;
  private static final int AT_ONCE = 64;
  private static final int LONGEST_BITS = 22;
  private static final int MOST_SLICES = 12;
  private static final int MOST_BETWEEN = 100;
  private static final int SLOT_BYTES = (1 << LONGEST_BITS) + (MOST_SLICES + 1) * MOST_BETWEEN;
  private static final byte UNTOUCHED = 0x55;

  // Enough that a busy machine is never taken for a broken server.
  private static final S3Options.Patience PATIENT =
      new S3Options.Patience(
          4,
          Duration.ofMillis(100),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60));

  @Parameter Origin origin;

  private final byte[][] contents = new byte[OBJECTS][OBJECT_BYTES];
  private Origin.Running running;

  /// Who carries the ranges.
  enum Way {
    NETTY(Carrier.NETTY_EPOLL, Carrier.NETTY_OPENSSL),
    IO_URING(Carrier.NETTY_IO_URING, Carrier.NETTY_IO_URING_TLS),
    NIO(Carrier.NIO, Carrier.NIO_TLS),
    SDK(Carrier.SDK, Carrier.SDK_TLS);

    private final Carrier plain;
    private final Carrier encrypted;

    Way(Carrier plain, Carrier encrypted) {
      this.plain = plain;
      this.encrypted = encrypted;
    }

    Carrier carrier(boolean tls) {
      return tls ? encrypted : plain;
    }
  }

  @BeforeParameterizedClassInvocation
  void start(Origin started) throws Exception {
    Random random = new Random(99);
    running = started.start();
    for (int i = 0; i < OBJECTS; i++) {
      random.nextBytes(contents[i]);
      running.put(key(i), contents[i]);
    }
  }

  @AfterParameterizedClassInvocation
  void stop() {
    if (running != null) { // else it is not on this machine, and the tests were skipped
      running.close();
    }
  }

  private static String key(int object) {
    return "some objects/+%~" + object;
  }

  @ParameterizedTest
  @EnumSource
  void everyByteIsRightAndInItsPlace(Way way) {
    way.carrier(origin.isTls()).assumeHere();
    int count = origin.isMinio() ? Math.min(RANGES, Math.max(ENOUGH, RANGES / 10)) : RANGES;
    GetTransport transport =
        way.carrier(origin.isTls())
            .open(TransportParts.of(running.endpoint(), Origin.BUCKET), running.trust());
    S3Options options =
        S3Options.of(Origin.BUCKET, "")
            .withEndpoint(running.endpoint())
            .withCredentials(S3StoreTest.credentials())
            .withPatience(PATIENT);
    long started = System.nanoTime();
    Reads reads;
    long repeated;
    try (Arena arena = Arena.ofShared();
        TransportReads line =
            new TransportReads(new S3Bucket(options, S3Parts.real()), transport)) {
      reads = new Reads(line, arena);
      reads.run(count);
      repeated = line.counts().repeated();
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    System.err.printf(
        "exact ranges: %s from %s, seed %d: %d ranges of %d bytes, %d of them kept, none wrong;"
            + " %d requests repeated, %.1f s%n",
        way, origin, SEED, count, reads.asked, reads.kept, repeated, seconds);
  }

  /// The reads of one cell.
  private final class Reads {
    private final Random random = new Random(SEED);
    private final TransportReads line;
    private final MemorySegment untouched;
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final Deque<Read> underWay = new ArrayDeque<>();
    private final String[] etags = new String[OBJECTS];
    private long asked;
    private long kept;

    Reads(TransportReads line, Arena arena) {
      this.line = line;
      untouched = arena.allocate(SLOT_BYTES).fill(UNTOUCHED);
      for (int i = 0; i < AT_ONCE; i++) {
        free.add(arena.allocate(SLOT_BYTES));
      }
    }

    void run(int count) {
      for (int i = 0; i < count; i++) {
        if (free.isEmpty()) {
          underWay.remove().check();
        }
        underWay.add(new Read(i));
      }
      underWay.forEach(Read::check);
    }

    /// A part of a range, and where in the memory it is to land.
    private record Part(int from, int bytes, int place) {}

    /// One read.
    private final class Read {
      private final int number;
      private final int object = random.nextInt(OBJECTS);
      private final ByteRange range;
      private final List<Part> parts;
      private final MemorySegment slot = free.remove();
      private final MemorySegment memory;
      private final CompletableFuture<ObjectInfo> future;

      Read(int number) {
        this.number = number;
        int length = length();
        int offset =
            switch (random.nextInt(16)) {
              case 0 -> 0;
              case 1 -> OBJECT_BYTES - length;
              default -> random.nextInt(OBJECT_BYTES - length + 1);
            };
        range = new ByteRange(offset, length);
        parts = places(parts(length));
        int used =
            parts.stream().mapToInt(part -> part.place() + part.bytes()).max().orElse(0)
                + MOST_BETWEEN;
        memory = slot.asSlice(0, used).fill(UNTOUCHED);
        Optional<String> etag =
            random.nextBoolean() ? Optional.ofNullable(etags[object]) : Optional.empty();
        List<Landing.Slice> slices =
            parts.stream()
                .map(part ->
                    new Landing.Slice(part.from(), memory.asSlice(part.place(), part.bytes())))
                .toList();
        future = line.read(new RangeRequest(key(object), range, etag), () -> slices);
      }

      private int length() {
        int kind = random.nextInt(100);
        int mostBits = kind < 2 ? LONGEST_BITS : kind < 50 ? 18 : 16;
        return 1 + random.nextInt(1 << random.nextInt(mostBits + 1));
      }

      /// Parts of a range in its order, with and without gaps between them; sometimes none.
      private List<int[]> parts(int length) {
        List<int[]> found = new ArrayList<>();
        int at = random.nextInt(3) * random.nextInt(length);
        while (at < length && found.size() < MOST_SLICES) {
          int bytes = 1 + random.nextInt(length - at);
          found.add(new int[] {at, bytes});
          at += bytes + (random.nextBoolean() ? 0 : random.nextInt(length));
        }
        return found;
      }

      /// Where they land: in any order, not quite side by side.
      private List<Part> places(List<int[]> found) {
        List<Part> placed = new ArrayList<>(Collections.nCopies(found.size(), null));
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
          order.add(i);
        }
        Collections.shuffle(order, random);
        int place = 0;
        for (int i : order) {
          place += 1 + random.nextInt(MOST_BETWEEN);
          placed.set(i, new Part(found.get(i)[0], found.get(i)[1], place));
          place += found.get(i)[1];
        }
        return placed;
      }

      void check() {
        ObjectInfo info = PendingTransfer.await(future, "read " + number);
        assertThat(info.bytes()).isEqualTo(OBJECT_BYTES);
        etags[object] = info.etag();
        MemorySegment expected = MemorySegment.ofArray(contents[object]);
        long checked = 0;
        for (Part part : parts) {
          long from = range.offset() + part.from();
          long wrong =
              MemorySegment.mismatch(
                  memory,
                  part.place(),
                  part.place() + part.bytes(),
                  expected,
                  from,
                  from + part.bytes());
          assertThat(wrong).as("wrong byte in %s of %s", part, this).isEqualTo(-1);
          checked += part.bytes();
          memory.asSlice(part.place(), part.bytes()).fill(UNTOUCHED);
        }
        long touched = memory.mismatch(untouched.asSlice(0, memory.byteSize()));
        assertThat(touched).as("a byte beside the slices of %s", this).isEqualTo(-1);
        free.add(slot);
        asked += range.length();
        kept += checked;
      }

      @Override
      public String toString() {
        return "read " + number + " of seed " + SEED + ": " + range + " into " + parts;
      }
    }
  }
}
