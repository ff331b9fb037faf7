package io.penstock.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.error.RefusedException;
import io.penstock.store.Landing;
import io.penstock.store.RangeRequest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is kept and what goes: the budget, the share, several users of one directory.
class DiskCacheTest {
  private static final int KIB = CacheRig.KIB;
  private static final int CHUNK = 16 * KIB;
  private static final int UNIT = 2 * CHUNK;
  private static final int OBJECT = 16 * CHUNK;
  private static final int OBJECTS = 128;
  private static final long ALL = (long) OBJECT * OBJECTS;

  @TempDir Path directory;

  private static String key(int object) {
    return "fragment/" + object / 8 + "/tensor/c/" + object % 8;
  }

  /// One epoch: every unit of some objects once, in random order, each as one range of chunks.
  private static void epoch(CacheRig rig, long seed, int fromObject, int toObject) {
    List<Integer> units = new ArrayList<>();
    int each = OBJECT / UNIT;
    for (int i = fromObject * each; i < toObject * each; i++) {
      units.add(i);
    }
    Collections.shuffle(units, new Random(seed));
    int read = 0;
    for (int unit : units) {
      rig.readChunks(key(unit / each), (long) (unit % each) * UNIT, CHUNK, UNIT / CHUNK);
      if (++read % 32 == 0) {
        rig.settle(); // the disk keeps up
      }
    }
    rig.settle();
  }

  private static void putAll(CacheRig rig) {
    for (int i = 0; i < OBJECTS; i++) {
      rig.put(key(i), OBJECT, i);
    }
  }

  private static double diskShareOf(CacheRig rig, Runnable work) {
    CacheStats before = rig.stats();
    work.run();
    CacheStats after = rig.stats();
    long disk = after.bytesFromDisk() - before.bytesFromDisk();
    return disk / (double) (disk + after.bytesFromStore() - before.bytesFromStore());
  }

  @Test
  void quarterOfTheBytesComesFromTheDisk_whenTheBudgetIsAQuarterAndEachEpochHasItsOwnOrder() {
    // A piece of this test has a page of 4 KiB for its header beside 16 KiB of data; a real one has
    // it beside 64 KiB to 16 MiB. The budget is a quarter of what all pieces would take.
    long budget = ALL / 4 / CHUNK * (CHUNK + 4 * KIB);
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      Reading reading = rig.store.reading(_ -> true, ALL / CHUNK * (CHUNK + 4 * KIB));

      assertThat(diskShareOf(rig, () -> epoch(rig, 1, 0, OBJECTS))).isZero();
      for (int epoch = 2; epoch < 5; epoch++) {
        int seed = epoch;
        assertThat(diskShareOf(rig, () -> epoch(rig, seed, 0, OBJECTS)))
            .as("epoch %s", epoch)
            .isBetween(0.24, 0.25);
        assertThat(CacheRig.diskBytes(directory)).isLessThanOrEqualTo(budget);
      }
      assertThat(rig.stats()).returns(0L, CacheStats::evicted).returns(0L, CacheStats::failures);
      assertThat(reading.share()).isGreaterThan(0.25);
    }
  }

  @Test
  void nearlyAllBytesComeFromTheDisk_whenAMachineReadsItsOwnQuarterInEachEpoch() {
    long budget = ALL / 4 / CHUNK * (CHUNK + 4 * KIB);
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(_ -> true, ALL / 4);

      epoch(rig, 1, 32, 64);

      assertThat(diskShareOf(rig, () -> epoch(rig, 2, 32, 64))).isGreaterThanOrEqualTo(0.9);
    }
  }

  @Test
  void budgetIsKept_whenMoreIsWantedThanFits() {
    long budget = 40 * (CHUNK + 4 * KIB) + 100;
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(_ -> true, 1); // a caller that is wrong about what it reads

      epoch(rig, 1, 0, 16);

      assertThat(CacheRig.pieces(directory)).hasSize(40);
      assertThat(rig.stats())
          .returns(CacheRig.diskBytes(directory), CacheStats::usedBytes)
          .returns(40L, CacheStats::written)
          .returns(0L, CacheStats::evicted);
      assertThat(rig.stats().rejected()).isPositive();
    }
  }

  @Test
  void pieceIsRejected_whenItAloneIsAboveTheBudget() {
    try (CacheRig rig = new CacheRig(directory, CHUNK, UNIT)) {
      rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);

      rig.read(key(0), 0, CHUNK);
      rig.settle();

      assertThat(rig.stats()).returns(1L, CacheStats::rejected).returns(0L, CacheStats::usedBytes);
    }
  }

  @Test
  void piecesThatNobodyReadsAnyMoreMakeRoom_whenOthersNeedIt() {
    long budget = 16L * OBJECT / CHUNK * (CHUNK + 4 * KIB);
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(key -> key.startsWith("fragment/0/"), 8L * OBJECT);
      rig.store.reading(key -> key.startsWith("fragment/1/"), 8L * OBJECT);
      epoch(rig, 1, 0, 16);
      assertThat(CacheRig.diskBytes(directory)).isEqualTo(budget);
    }

    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(
          key -> key.startsWith("fragment/1/") || key.startsWith("fragment/2/"), 16L * OBJECT);
      assertThat(diskShareOf(rig, () -> epoch(rig, 2, 8, 24))).isBetween(0.49, 0.51);
      assertThat(diskShareOf(rig, () -> epoch(rig, 3, 8, 24))).isEqualTo(1);
      assertThat(rig.stats().evicted()).isBetween(120L, 128L);
      assertThat(CacheRig.diskBytes(directory)).isLessThanOrEqualTo(budget);
    }
  }

  @Test
  void piecesAboveTheThresholdMakeRoom_whenTheDatasetHasGrown() {
    long budget = 16L * OBJECT / CHUNK * (CHUNK + 4 * KIB);
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(_ -> true, 16L * OBJECT);
      epoch(rig, 1, 0, 16);
      assertThat(CacheRig.diskBytes(directory)).isEqualTo(budget);
    }

    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(_ -> true, ALL / CHUNK * (CHUNK + 4 * KIB));
      epoch(rig, 2, 0, OBJECTS);
      assertThat(diskShareOf(rig, () -> epoch(rig, 3, 0, OBJECTS))).isBetween(0.11, 0.126);
      assertThat(CacheRig.diskBytes(directory)).isLessThanOrEqualTo(budget);
      assertThat(rig.stats().evicted()).isPositive();
    }
  }

  @Test
  void anotherDatasetsPiecesMakeRoom_whenNobodyUsesIt() {
    long budget = 8L * OBJECT / CHUNK * (CHUNK + 4 * KIB);
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      CachedStore other = rig.cache.over(rig.origin, "another dataset");
      other.reading(_ -> true, 1);
      try (Arena arena = Arena.ofShared()) {
        for (int i = 0; i < 8; i++) {
          for (long at = 0; at < OBJECT; at += CHUNK) {
            CacheRig.await(
                other.read(
                    RangeRequest.of(key(i), at, CHUNK), Landing.into(arena.allocate(CHUNK))));
          }
          rig.settle();
        }
      }
      assertThat(CacheRig.diskBytes(directory)).isEqualTo(budget);
    }

    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      putAll(rig);
      rig.store.reading(_ -> true, 1);
      epoch(rig, 1, 0, 4);
      assertThat(diskShareOf(rig, () -> epoch(rig, 2, 0, 4))).isEqualTo(1);
      assertThat(CacheRig.diskBytes(directory)).isLessThanOrEqualTo(budget);
    }
  }

  // --- opening ----------------------------------------------------------------------------------

  @Test
  void piecesAreFound_whenTheCacheIsOpenedAgain() {
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT)) {
      rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);
      rig.readChunks(key(0), 0, CHUNK, 16);
      rig.settle();
    }
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT)) {
      byte[] content = rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);

      assertThat(rig.readChunks(key(0), 0, CHUNK, 16)).isEqualTo(content);
      assertThat(rig.origin.requests()).isZero();
      assertThat(rig.stats().usedBytes()).isEqualTo(CacheRig.diskBytes(directory));
    }
  }

  @Test
  void leftoversGoAndTheCountIsRight_whenAProcessDiedWhileWriting() throws Exception {
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT)) {
      rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);
      rig.readChunks(key(0), 0, CHUNK, 4);
      rig.settle();
    }
    Files.write(directory.resolve("staging/4711-0"), new byte[100_000]);
    Files.write(directory.resolve("ledger"), new byte[] {1, 2, 3});

    try (CacheRig rig = new CacheRig(directory, ALL, UNIT)) {
      assertThat(directory.resolve("staging")).isEmptyDirectory();
      assertThat(rig.stats().usedBytes()).isEqualTo(4L * (CHUNK + 4 * KIB));
    }
  }

  @Test
  void piecesGoUntilTheRestFits_whenTheBudgetIsSmallerThanBefore() {
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT)) {
      rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);
      rig.readChunks(key(0), 0, CHUNK, 16);
      rig.settle();
    }
    long budget = 5L * (CHUNK + 4 * KIB);
    try (CacheRig rig = new CacheRig(directory, budget, UNIT)) {
      assertThat(CacheRig.pieces(directory)).hasSize(5);
      assertThat(rig.stats())
          .returns(budget, CacheStats::usedBytes)
          .returns(11L, CacheStats::evicted);
    }
  }

  @Test
  void directoryIsRefusedAndUntouched_whenItHoldsSomethingElse() throws Exception {
    Files.writeString(directory.resolve("thesis.txt"), "precious");

    assertThatThrownBy(() -> open(directory, ALL))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("neither empty nor a cache");
    assertThat(CacheRig.names(directory)).containsExactly("thesis.txt");
    assertThat(directory.resolve("thesis.txt")).hasContent("precious");
  }

  @Test
  void openingIsRefused_whenThisProcessHasItOpen() {
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT)) {
      rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);

      assertThatThrownBy(() -> open(directory, ALL))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("this process has it open already");

      rig.readChunks(key(0), 0, CHUNK, 16);
      rig.settle();
      assertThat(CacheRig.pieces(directory)).hasSize(16);
    }
  }

  @Test
  void openingIsRefused_whenTheDirectoryCannotBeMadeOrTheBudgetIsNone() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");

    assertThatThrownBy(() -> open(file.resolve("cache"), ALL))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("cannot be used");
    assertThatThrownBy(() -> open(directory.resolve("cache"), 0))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("0 bytes");
  }

  private static DiskCache open(Path directory, long budget) {
    try (BufferPool pool = BufferPool.create(1 << 20)) {
      return DiskCache.open(
          directory, budget, new DiskCache.Parts(pool, Runnable::run, Runnable::run));
    }
  }

  // --- a disk that fails ------------------------------------------------------------------------

  @Test
  void readsSucceedAndTheBudgetIsGivenBack_whenTheDiskIsFull() {
    FullDisk disk = new FullDisk(3L * CHUNK + 5_000);
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT, 8 << 20, disk)) {
      byte[] content = rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);

      assertThat(rig.readChunks(key(0), 0, CHUNK, 8)).isEqualTo(Arrays.copyOf(content, 8 * CHUNK));
      rig.settle();

      assertThat(rig.readChunks(key(0), 0, CHUNK, 8)).isEqualTo(Arrays.copyOf(content, 8 * CHUNK));
      rig.settle();
      assertThat(CacheRig.pieces(directory)).hasSize(3);
      assertThat(directory.resolve("staging")).isEmptyDirectory();
      assertThat(rig.stats())
          .returns(3L, CacheStats::written)
          .returns(3L, CacheStats::hits)
          .returns(10L, CacheStats::failures)
          .returns(0L, CacheStats::damaged)
          .returns(CacheRig.diskBytes(directory), CacheStats::usedBytes);
    }
  }

  @Test
  void readsSucceedAndTheDiskIsLeftAlone_whenItFailsEveryTime() {
    BrokenDisk disk = new BrokenDisk();
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT, 8 << 20, disk)) {
      byte[] content = rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);
      rig.readChunks(key(0), 0, CHUNK, 16);
      rig.settle();
      disk.broken = true;

      for (int i = 0; i < 5; i++) {
        assertThat(rig.readChunks(key(0), 0, CHUNK, 16)).isEqualTo(content);
        rig.settle();
      }
      int opened = disk.refused;
      assertThat(rig.readChunks(key(0), 0, CHUNK, 16)).isEqualTo(content);
      rig.settle();

      assertThat(disk.refused).isEqualTo(opened).isBetween(32, 40); // 16 reads, 16 writes
      assertThat(rig.stats().failures()).isEqualTo(opened);
      assertThat(rig.stats().hits()).isZero();
    }
  }

  @Test
  void piecesAreDroppedAndReadsGoOn_whenThereIsNoMemoryForCopies() {
    try (CacheRig rig = new CacheRig(directory, ALL, UNIT, 64 * KIB, Opening.DIRECT)) {
      byte[] content = rig.put(key(0), OBJECT, 1);
      rig.store.reading(_ -> true, 1);

      assertThat(rig.readChunks(key(0), 0, CHUNK, 16)).isEqualTo(content);
      assertThat(rig.read(key(0), 1, 100 * KIB))
          .isEqualTo(Arrays.copyOfRange(content, 1, 1 + 100 * KIB));
      rig.settle();

      assertThat(rig.stats().dropped()).isPositive();
      assertThat(rig.stats().dropped() + rig.stats().written()).isEqualTo(17);
    }
  }

  /// A disk that takes so many bytes and no more.
  private static final class FullDisk implements Opening {
    private long left;

    FullDisk(long bytes) {
      left = bytes;
    }

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
      FileChannel channel = FileChannel.open(file, options);
      boolean writes = Arrays.asList(options).contains(StandardOpenOption.WRITE);
      return writes ? new LimitedChannel(channel, this::take) : channel;
    }

    private synchronized void take(long bytes) throws IOException {
      if (bytes > left) {
        throw new IOException("No space left on device");
      }
      left -= bytes;
    }
  }

  /// A disk whose files cannot be opened once it is broken.
  private static final class BrokenDisk implements Opening {
    volatile boolean broken;
    volatile int refused;

    @Override
    public synchronized FileChannel open(Path file, OpenOption... options) throws IOException {
      if (broken) {
        refused++;
        throw new IOException("Input/output error");
      }
      return FileChannel.open(file, options);
    }
  }
}
