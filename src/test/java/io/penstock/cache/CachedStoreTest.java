package io.penstock.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ConflictException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.RangeRequest;
import io.penstock.testing.Operation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What comes from the disk and what from the store, and that both give the same bytes.
class CachedStoreTest {
  private static final int KIB = CacheRig.KIB;
  private static final int CHUNK = 32 * KIB;
  private static final int UNIT = 4 * CHUNK;
  private static final int OBJECT = 64 * CHUNK;

  @TempDir Path directory;
  private CacheRig rig;

  @BeforeEach
  void open() {
    rig = new CacheRig(directory, 64L << 20, UNIT);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private Reading keepAll() {
    return rig.store.reading(_ -> true, OBJECT);
  }

  @Test
  void storeIsAskedOnce_whenAChunkIsReadTwice() {
    Reading reading = keepAll();
    byte[] content = rig.put("f/c/0", OBJECT, 1);

    byte[] first = rig.read("f/c/0", 3, CHUNK);
    rig.settle();
    byte[] second = rig.read("f/c/0", 3, CHUNK);

    assertThat(first).isEqualTo(Arrays.copyOfRange(content, 3, 3 + CHUNK)).isEqualTo(second);
    assertThat(rig.origin.requests(Operation.READ)).isEqualTo(1);
    assertThat(rig.stats())
        .returns(1L, CacheStats::hits)
        .returns(1L, CacheStats::misses)
        .returns((long) CHUNK, CacheStats::bytesFromDisk)
        .returns((long) CHUNK, CacheStats::bytesFromStore)
        .returns(0.5, CacheStats::diskShare);
    assertThat(reading.share()).isEqualTo(1);
  }

  @Test
  void informationIsThatOfTheStore_whenBytesComeFromTheDisk() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.read("f/c/0", 0, CHUNK);
    rig.settle();

    try (Arena arena = Arena.ofShared()) {
      ObjectInfo info =
          CacheRig.await(
              rig.store.read(
                  RangeRequest.of("f/c/0", 0, CHUNK), Landing.into(arena.allocate(CHUNK))));
      assertThat(info).isEqualTo(rig.memory.stat("f/c/0").orElseThrow());
    }
    assertThat(rig.stats().hits()).isEqualTo(1);
  }

  @Test
  void nothingIsKept_whenNobodySaysWhatIsRead() {
    rig.put("f/c/0", OBJECT, 1);

    rig.read("f/c/0", 0, CHUNK);
    rig.settle();
    rig.read("f/c/0", 0, CHUNK);

    assertThat(rig.origin.requests(Operation.READ)).isEqualTo(2);
    assertThat(CacheRig.pieces(directory)).isEmpty();
  }

  @Test
  void objectsThatAreNotNamedAreNotKept_whenOthersAre() {
    rig.store.reading(key -> key.startsWith("f/"), OBJECT);
    rig.put("f/c/0", OBJECT, 1);
    rig.put("zarr.json", OBJECT, 2);

    rig.read("f/c/0", 0, CHUNK);
    rig.read("zarr.json", 0, CHUNK);
    rig.settle();

    assertThat(CacheRig.pieces(directory)).hasSize(1);
  }

  @Test
  void onlyTheRestIsFetchedInOneRange_whenTheMiddleIsOnTheDisk() {
    keepAll();
    byte[] content = rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 4L * CHUNK, CHUNK, 3);
    rig.settle();
    rig.origin.reset();

    byte[] read = rig.readChunks("f/c/0", 0, CHUNK, 16);

    assertThat(read).isEqualTo(Arrays.copyOf(content, 16 * CHUNK));
    assertThat(rig.origin.trace())
        .containsExactly("READ f/c/0 0+" + 4 * CHUNK, "READ f/c/0 " + 7 * CHUNK + "+" + 9 * CHUNK);
  }

  @Test
  void rangeStaysWhole_whenNothingOfItIsOnTheDisk() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.read("f/c/0", 0, CHUNK);
    rig.settle();
    rig.origin.reset();

    rig.readChunks("f/c/0", CHUNK, CHUNK, 32);

    assertThat(rig.origin.trace()).containsExactly("READ f/c/0 " + CHUNK + "+" + 32 * CHUNK);
  }

  @Test
  void wholeUnitsAreKept_whenTheBudgetBuysAShare() {
    Reading reading = rig.store.reading(_ -> true, 200L << 20);
    rig.put("f/c/0", OBJECT, 1);

    rig.readChunks("f/c/0", 0, CHUNK, 64);
    rig.settle();

    assertThat(reading.share()).isBetween(0.32, 0.4);
    long[] unitsOfPieces =
        CacheRig.pieces(directory).stream()
            .mapToLong(path ->
                Long.parseLong(path.getFileName().toString().replaceFirst("[+].*", "")) / UNIT)
            .sorted()
            .toArray();
    long[] units = Arrays.stream(unitsOfPieces).distinct().toArray();
    assertThat(units.length).isBetween(1, 15);
    assertThat(unitsOfPieces).hasSize(4 * units.length);
  }

  // --- damage -----------------------------------------------------------------------------------

  enum Damage {
    FLIPPED_DATA {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        flip(piece, Files.size(piece) - 100);
      }
    },
    FLIPPED_HEADER {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        flip(piece, 33);
      }
    },
    CUT_DATA {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        cut(piece, Files.size(piece) - 1);
      }
    },
    CUT_HEADER {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        cut(piece, 40);
      }
    },
    EMPTY {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        cut(piece, 0);
      }
    },
    LONGER {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        Files.write(piece, new byte[1], StandardOpenOption.APPEND);
      }
    },
    ZEROS {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        Files.write(piece, new byte[(int) Files.size(piece)]);
      }
    },
    LOST_DATA {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        byte[] bytes = Files.readAllBytes(piece);
        Arrays.fill(bytes, bytes.length - CHUNK, bytes.length, (byte) 0);
        Files.write(piece, bytes);
      }
    },
    ANOTHERS {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        Files.copy(other, piece, StandardCopyOption.REPLACE_EXISTING);
      }
    },
    SYMBOLIC_LINK {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        Files.delete(piece);
        Files.createSymbolicLink(piece, other);
      }
    },
    DIRECTORY {
      @Override
      void inflict(Path piece, Path other) throws IOException {
        Files.delete(piece);
        Files.createDirectory(piece);
      }
    };

    abstract void inflict(Path piece, Path other) throws IOException;

    private static void flip(Path file, long at) throws IOException {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, at);
        one.put(0, (byte) (one.get(0) ^ 4));
        channel.write(one.flip(), at);
      }
    }

    private static void cut(Path file, long bytes) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(bytes);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void bytesAreRightAndComeFromTheStore_whenAPieceIsDamaged(Damage damage) throws Exception {
    keepAll();
    byte[] content = rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 0, CHUNK, 2);
    rig.settle();
    List<Path> pieces = CacheRig.pieces(directory);
    damage.inflict(pieces.getFirst(), pieces.getLast());
    rig.origin.reset();

    byte[] read = rig.readChunks("f/c/0", 0, CHUNK, 2);

    assertThat(read).isEqualTo(Arrays.copyOf(content, 2 * CHUNK));
    assertThat(rig.origin.trace()).containsExactly("READ f/c/0 0+" + CHUNK);
    assertThat(rig.stats()).returns(1L, CacheStats::damaged).returns(0L, CacheStats::failures);
  }

  @Test
  void pieceIsReplaced_whenItWasDamaged() throws Exception {
    keepAll();
    byte[] content = rig.put("f/c/0", OBJECT, 1);
    rig.read("f/c/0", 0, CHUNK);
    rig.settle();
    Damage.FLIPPED_DATA.inflict(CacheRig.pieces(directory).getFirst(), directory);

    rig.read("f/c/0", 0, CHUNK);
    rig.settle();
    rig.origin.reset();

    assertThat(rig.read("f/c/0", 0, CHUNK)).isEqualTo(Arrays.copyOf(content, CHUNK));
    assertThat(rig.origin.requests()).isZero();
    assertThat(rig.stats().usedBytes()).isEqualTo(CacheRig.diskBytes(directory));
  }

  @Test
  void storeIsAskedAgain_whenAReaderDoesNotTrustTheBytes() {
    keepAll();
    byte[] content = rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 0, CHUNK, 2);
    rig.settle();

    rig.store.distrust("f/c/0", new ByteRange(CHUNK, CHUNK));
    rig.settle();
    rig.origin.reset();

    assertThat(rig.readChunks("f/c/0", 0, CHUNK, 2)).isEqualTo(Arrays.copyOf(content, 2 * CHUNK));
    assertThat(rig.origin.trace()).containsExactly("READ f/c/0 " + CHUNK + "+" + CHUNK);
    assertThat(rig.stats().damaged()).isEqualTo(1);
  }

  @Test
  void storeIsAskedAtOnce_whenThePieceThatIsNotTrustedIsStillThere() {
    keepAll();
    byte[] chunk = Arrays.copyOf(rig.put("f/c/0", OBJECT, 1), CHUNK);
    rig.read("f/c/0", 0, CHUNK);
    rig.settle();
    rig.origin.reset();

    try (CacheRig.HeldBack _ = rig.holdWrites()) {
      rig.store.distrust("f/c/0", new ByteRange(0, CHUNK));

      assertThat(rig.read("f/c/0", 0, CHUNK)).isEqualTo(chunk);
      assertThat(CacheRig.pieces(directory)).hasSize(1);
      assertThat(rig.origin.requests(Operation.READ)).isEqualTo(1);
      assertThat(rig.stats()).returns(1L, CacheStats::damaged).returns(0L, CacheStats::hits);
    }
    rig.settle();

    assertThat(rig.read("f/c/0", 0, CHUNK)).isEqualTo(chunk);
    assertThat(rig.origin.requests(Operation.READ)).isEqualTo(1);
    assertThat(rig.stats()).returns(2L, CacheStats::written).returns(1L, CacheStats::hits);
  }

  @Test
  void pieceIsNotAdded_whenItIsNotTrustedBeforeItsTurn() {
    keepAll();
    byte[] chunk = Arrays.copyOf(rig.put("f/c/0", OBJECT, 1), CHUNK);

    try (CacheRig.HeldBack _ = rig.holdWrites()) {
      rig.read("f/c/0", 0, CHUNK);
      rig.store.distrust("f/c/0", new ByteRange(0, CHUNK));
    }
    rig.settle();

    assertThat(CacheRig.pieces(directory)).isEmpty();
    assertThat(rig.stats()).returns(0L, CacheStats::written).returns(1L, CacheStats::damaged);
    assertThat(rig.read("f/c/0", 0, CHUNK)).isEqualTo(chunk);
    rig.settle();
    assertThat(CacheRig.pieces(directory)).hasSize(1);
  }

  @Test
  void pieceIsNotTrustedForLonger_whenItIsFoundWrongTwice() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);

    try (CacheRig.HeldBack _ = rig.holdWrites()) {
      for (int time = 0; time < 2; time++) {
        rig.read("f/c/0", 0, CHUNK);
        rig.store.distrust("f/c/0", new ByteRange(0, CHUNK));
      }
    }
    rig.settle();

    assertThat(CacheRig.pieces(directory)).isEmpty();
    assertThat(rig.stats()).returns(0L, CacheStats::written);
  }

  @Test
  void smallPiecesAreNotKept_whenTheyWouldTakeMoreThanTheyHold() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);

    rig.read("f/c/0", 0, UNIT / 2048 - 1);
    rig.read("f/c/0", 0, UNIT / 2048);
    rig.settle();

    assertThat(CacheRig.pieces(directory)).hasSize(1);
  }

  // --- another object ---------------------------------------------------------------------------

  @Test
  void allBytesAreOfTheNewObject_whenItWasReplacedAndPartIsOnTheDisk() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 0, CHUNK, 4);
    rig.settle();
    byte[] replaced = rig.put("f/c/0", OBJECT, 2);

    byte[] read = rig.readChunks("f/c/0", 0, CHUNK, 8);
    rig.settle();

    assertThat(read).isEqualTo(Arrays.copyOf(replaced, 8 * CHUNK));
    assertThat(rig.readChunks("f/c/0", 0, CHUNK, 4)).isEqualTo(Arrays.copyOf(replaced, 4 * CHUNK));
  }

  @Test
  void oldBytesAreServedNoMore_whenTheObjectIsKnownToBeReplaced() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 0, CHUNK, 4);
    rig.settle();
    byte[] replaced = rig.put("f/c/0", OBJECT, 2);

    try (CacheRig.HeldBack _ = rig.holdWrites()) {
      rig.readChunks("f/c/0", 0, CHUNK, 8);

      byte[] read = rig.readChunks("f/c/0", 0, CHUNK, 4);

      assertThat(read).isEqualTo(Arrays.copyOf(replaced, 4 * CHUNK));
      assertThat(CacheRig.pieces(directory)).hasSize(4);
    }
    rig.settle();

    assertThat(CacheRig.pieces(directory)).hasSize(8);
    assertThat(rig.readChunks("f/c/0", 0, CHUNK, 8)).isEqualTo(Arrays.copyOf(replaced, 8 * CHUNK));
  }

  @Test
  void readFailsAndThePiecesGo_whenTheCallersTagIsThatOfTheReplacedObject() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 0, CHUNK, 4);
    rig.settle();
    Optional<String> tag = rig.memory.stat("f/c/0").map(ObjectInfo::etag);
    rig.put("f/c/0", OBJECT, 2);

    try (Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(CHUNK);
      RangeRequest beyond = new RangeRequest("f/c/0", new ByteRange(5L * CHUNK, CHUNK), tag);
      assertThatThrownBy(() -> CacheRig.await(rig.store.read(beyond, Landing.into(target))))
          .isInstanceOf(ConflictException.class);
    }
    rig.settle();

    assertThat(CacheRig.pieces(directory)).isEmpty();
    assertThat(rig.stats().usedBytes()).isZero();
  }

  @Test
  void bytesAreTheNewOnes_whenAnObjectIsWrittenThroughTheStore() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.read("f/c/0", 0, CHUNK);
    byte[] other = new byte[OBJECT];
    new Random(5).nextBytes(other);

    rig.store.put("f/c/0", MemorySegment.ofArray(other), PutCondition.NONE);

    assertThat(rig.read("f/c/0", 0, CHUNK)).isEqualTo(Arrays.copyOf(other, CHUNK));
    rig.settle();
    assertThat(CacheRig.pieces(directory)).isEmpty();
  }

  @Test
  void anotherDatasetsPiecesAreNotUsed_whenKeysAreTheSame() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.read("f/c/0", 0, CHUNK);
    rig.settle();
    rig.origin.reset();

    CachedStore other = rig.cache.over(rig.origin, "memory:test dataset 2");
    other.reading(_ -> true, OBJECT);
    try (Arena arena = Arena.ofShared()) {
      CacheRig.await(
          other.read(RangeRequest.of("f/c/0", 0, CHUNK), Landing.into(arena.allocate(CHUNK))));
    }

    assertThat(rig.origin.requests()).isEqualTo(1);
  }

  @Test
  void readIsDoneWithItsMemory_whenItIsCancelled() {
    keepAll();
    rig.put("f/c/0", OBJECT, 1);
    rig.readChunks("f/c/0", 0, CHUNK, 32);
    rig.settle();

    for (int round = 0; round < 50; round++) {
      try (Arena arena = Arena.ofShared()) {
        var read =
            rig.store.read(
                RangeRequest.of("f/c/0", 0, OBJECT), Landing.into(arena.allocate(OBJECT)));
        read.cancel(true);
        assertThat(read.handle((_, _) -> true).join()).isTrue();
        // Closing the arena throws if anybody still uses it.
      }
    }
  }

  @Test
  void bytesAreRight_whenRandomRangesAreReadAgainAndAgain() {
    long seed = 4_711;
    Random random = new Random(seed);
    rig.store.reading(_ -> true, 100L << 20);
    byte[] content = rig.put("f/c/0", OBJECT, 1);

    for (int round = 0; round < 300; round++) {
      int first = random.nextInt(60);
      int chunks = 1 + random.nextInt(Math.min(20, 64 - first));
      byte[] read = rig.readChunks("f/c/0", (long) first * CHUNK, CHUNK, chunks);
      assertThat(read)
          .as("seed %s, round %s", seed, round)
          .isEqualTo(Arrays.copyOfRange(content, first * CHUNK, (first + chunks) * CHUNK));
    }
    assertThat(rig.stats().hits()).isPositive();
  }
}
