package io.penstock.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BufferPoolTest {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;

  /// Counts what is taken from the system, and fails as soon as that exceeds the budget.
  private static final class CountingSource implements MemorySource {
    private final long budgetBytes;
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicLong blocks = new AtomicLong();

    CountingSource(long budgetBytes) {
      this.budgetBytes = budgetBytes;
    }

    @Override
    public Block take(long bytes, long alignment) {
      assertThat(heldBytes.addAndGet(bytes)).isLessThanOrEqualTo(budgetBytes);
      blocks.incrementAndGet();
      Block block = MemorySource.plain().take(bytes, alignment);
      return new Block() {
        @Override
        public MemorySegment segment() {
          return block.segment();
        }

        @Override
        public void close() {
          heldBytes.addAndGet(-bytes);
          block.close();
        }
      };
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 64",
    "1, 64",
    "65536, 64",
    "65537, 128",
    "196608, 192",
    "786432, 768",
    "786433, 896",
    "1048577, 1280",
    "2097153, 2560",
    "16777216, 16384",
    "16777217, 18432",
    "70000000, 69632"
  })
  void slotIsSmall_whenALeaseIsTaken(long bytes, long expectedKib) {
    assertThat(BufferPool.slotBytes(bytes)).isEqualTo(expectedKib * KIB);
  }

  @Test
  void wasteIsAtMostAFifth_whenALeaseIsLarge() {
    for (long bytes = 512 * KIB + 1; bytes < 40 * MIB; bytes += 12_345) {
      long slot = BufferPool.slotBytes(bytes);
      assertThat(slot).isGreaterThanOrEqualTo(bytes);
      assertThat((double) (slot - bytes) / slot).isLessThanOrEqualTo(0.2);
    }
  }

  @Test
  void slotsLeaveTheEndOfASlabUnused_whereNoneFits() {
    assertThat(BufferPool.slotBytes(3 * MIB + 1, 5, 64 * MIB))
        .as("two of 3.5 MiB in each slab of 8 MiB")
        .isEqualTo(2 * 8 * MIB + 7 * MIB / 2);
    assertThat(BufferPool.slotBytes(20 * MIB, 3, 64 * MIB))
        .as("larger than a slab")
        .isEqualTo(60 * MIB);
  }

  @Test
  void equalLeasesFit_whenTheBudgetIsThatOfTheirSlots() {
    for (long bytes : new long[] {50 * KIB, 600 * KIB, MIB, 3 * MIB + 1, 5 * MIB}) {
      for (int leases : new int[] {1, 2, 5, 9, 18}) {
        long budget = 64 * KIB;
        for (long needed = 0; needed != budget; ) { // a larger budget may have larger slabs
          budget = Math.max(budget, needed);
          needed = Math.max(budget, BufferPool.slotBytes(bytes, leases, budget));
        }
        try (BufferPool pool = BufferPool.create(budget, new CountingSource(budget), false);
            Reservation all = pool.tryReserve(bytes, leases).orElseThrow()) {
          all.tryLease(bytes).orElseThrow().close();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void segmentsAreAlignedAndExact_whateverTheirSize(boolean checked) {
    try (BufferPool pool = BufferPool.create(32 * MIB, MemorySource.plain(), checked)) {
      for (long bytes : new long[] {0, 1, 255, 256, 65_537, 786_432, 3 * MIB + 1}) {
        try (Lease lease = pool.lease(bytes)) {
          assertThat(lease.segment().byteSize()).isEqualTo(bytes);
          assertThat(lease.segment().address() % 256).isZero();
        }
      }
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void slabsAreKeptAndReused_whenLeasesComeAndGo() {
    CountingSource source = new CountingSource(64 * MIB);
    try (BufferPool pool = BufferPool.create(64 * MIB, source, false)) {
      for (int i = 0; i < 1000; i++) {
        pool.lease(MIB).close();
      }
      assertThat(source.blocks.get()).isEqualTo(1);
      assertThat(pool.heldBytes()).isEqualTo(8 * MIB);
      assertThat(pool.peakBytes()).isEqualTo(MIB);
    }
    assertThat(source.heldBytes.get()).isZero();
  }

  @Test
  void ownSlabIsGivenBack_whenOthersNeedTheBudget() {
    CountingSource source = new CountingSource(160 * MIB);
    try (BufferPool pool = BufferPool.create(160 * MIB, source, false)) {
      pool.lease(100 * MIB).close();
      assertThat(pool.heldBytes()).isEqualTo(100 * MIB);
      pool.lease(90 * MIB).close();
      assertThat(source.blocks.get()).isEqualTo(1);
      try (Lease first = pool.lease(60 * MIB);
          Lease second = pool.lease(60 * MIB)) {
        assertThat(pool.usedBytes()).isEqualTo(120 * MIB);
        assertThat(first.segment().byteSize() + second.segment().byteSize()).isEqualTo(120 * MIB);
      }
      pool.lease(160 * MIB).close();
      assertThat(pool.heldBytes()).isEqualTo(160 * MIB);
    }
  }

  @Test
  void wholeBudgetCanBeLeased_whenItIsNoMultipleOfASlab() {
    try (BufferPool pool = BufferPool.create(100 * MIB, new CountingSource(100 * MIB), false)) {
      List<Lease> leases = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        leases.add(pool.tryLease(MIB).orElseThrow());
      }
      assertThat(pool.tryLease(1)).isEmpty();
      leases.forEach(Lease::close);
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void leaseIsRefused_whenItExceedsTheBudget() {
    try (BufferPool pool = BufferPool.create(MIB)) {
      assertCode(ErrorCode.LIMIT_EXCEEDED, () -> pool.lease(MIB + 1));
      assertCode(ErrorCode.LIMIT_EXCEEDED, () -> pool.lease(Long.MAX_VALUE));
      assertCode(ErrorCode.LIMIT_EXCEEDED, () -> pool.tryLease(MIB + 1));
      assertCode(ErrorCode.LIMIT_EXCEEDED, () -> pool.leaseAll(512 * KIB, 512 * KIB, 512 * KIB));
      assertCode(ErrorCode.INVALID_ARGUMENT, () -> pool.lease(-1));
    }
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> BufferPool.create(1));
  }

  @Test
  void leasesAtOnceAreRefused_whenTheyFitTheBudgetButNotSideBySide() {
    try (BufferPool pool = BufferPool.create(8 * MIB)) {
      long odd = 5 * MIB / 2;
      assertThatThrownBy(() -> pool.leaseAll(odd, odd, odd))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("side by side");
      assertThat(pool.usedBytes()).isZero();
      pool.lease(8 * MIB).close();
    }
  }

  @Test
  void leasesAtOnceGetRoomAnew_whenWhatTheyFoundFirstLiesInTheWay() throws Exception {
    try (BufferPool pool = BufferPool.create(8 * MIB);
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      Lease inTheWay = pool.lease(7 * MIB);
      Future<List<Lease>> leases = other.submit(() -> pool.leaseAll(MIB, 4 * MIB, 3 * MIB));
      while (pool.waiting() == 0) {
        Thread.onSpinWait();
      }
      inTheWay.close();
      leases.get().forEach(Lease::close);
    }
  }

  @Test
  void waitersAreServedInOrder_whenMemoryComesBack() throws Exception {
    try (BufferPool pool = BufferPool.create(MIB);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
      Lease all = pool.lease(MIB);
      List<Future<?>> waiting = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int number = i;
        CountDownLatch before = new CountDownLatch(1);
        waiting.add(
            threads.submit(() -> {
              before.countDown();
              try (Lease lease = pool.lease(MIB)) {
                lease.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
                order.add(number);
              }
            }));
        before.await();
        while (pool.waiting() <= i) {
          Thread.onSpinWait();
        }
      }
      all.close();
      for (Future<?> each : waiting) {
        each.get();
      }
      assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  @Test
  void smallLeaseDoesNotOvertake_whenALargeOneWaits() throws Exception {
    try (BufferPool pool = BufferPool.create(MIB);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Lease half = pool.lease(512 * KIB);
      Future<Lease> large = threads.submit(() -> pool.lease(MIB));
      while (pool.waiting() == 0) {
        Thread.onSpinWait();
      }
      assertThat(pool.tryLease(1)).isEmpty();
      half.close();
      large.get().close();
      assertThat(pool.tryLease(1)).isPresent().get().satisfies(Lease::close);
    }
  }

  @Test
  void waitEndsAndOthersGoOn_whenTheHeadIsInterrupted() throws Exception {
    try (BufferPool pool = BufferPool.create(MIB);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Lease half = pool.lease(512 * KIB);
      ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
      Thread head =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  pool.leaseAll(512 * KIB, 512 * KIB).forEach(Lease::close);
                } catch (PenstockException e) {
                  failures.add(e);
                }
              });
      while (pool.waiting() == 0) {
        Thread.onSpinWait();
      }
      Future<Lease> small = threads.submit(() -> pool.lease(1));
      while (pool.waiting() == 1) {
        Thread.onSpinWait();
      }
      head.interrupt();
      small.get().close();
      head.join();
      assertThat(failures)
          .singleElement()
          .satisfies(
              e -> assertThat(((PenstockException) e).code()).isEqualTo(ErrorCode.INTERRUPTED));
      half.close();
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void reservedLeasesNeverWait_whenTheBudgetIsFull() {
    try (BufferPool pool = BufferPool.create(4 * MIB)) {
      try (Reservation reservation = pool.tryReserve(MIB, 2).orElseThrow()) {
        Lease rest = pool.lease(MIB);
        List<Lease> filling = new ArrayList<>();
        for (var more = pool.tryLease(64 * KIB); more.isPresent(); more = pool.tryLease(64 * KIB)) {
          filling.add(more.get());
        }
        Lease first = reservation.lease(MIB);
        assertCode(ErrorCode.LIMIT_EXCEEDED, () -> reservation.lease(MIB + 1));
        Lease second = reservation.lease(200 * KIB);
        assertCode(ErrorCode.LIMIT_EXCEEDED, () -> reservation.lease(1));
        assertThat(first.segment().address()).isNotEqualTo(second.segment().address());
        second.close();
        reservation.lease(MIB).close();
        first.close();
        rest.close();
        filling.forEach(Lease::close);
        assertThat(pool.usedBytes()).isEqualTo(2 * MIB);
      }
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void slotsComeBackToThePool_whenTheReservationIsClosedBeforeItsLeases() {
    try (BufferPool pool = BufferPool.create(MIB)) {
      Reservation reservation = pool.tryReserve(256 * KIB, 2).orElseThrow();
      Lease lease = reservation.lease(1);
      reservation.close();
      reservation.close();
      assertThat(pool.usedBytes()).isEqualTo(256 * KIB);
      assertCode(ErrorCode.CLOSED, () -> reservation.lease(1));
      lease.close();
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void partHasABudgetOfItsOwn_whenItIsSplitOff() {
    CountingSource source = new CountingSource(64 * MIB);
    try (BufferPool pool = BufferPool.create(64 * MIB, source, false)) {
      pool.lease(MIB).close();
      Lease here = pool.lease(MIB);
      assertThat(pool.trySplit(60 * MIB)).isEmpty();
      BufferPool part = pool.trySplit(48 * MIB).orElseThrow();
      assertThat(pool.usedBytes()).isEqualTo(49 * MIB);
      assertThat(source.heldBytes.get()).isEqualTo(8 * MIB);
      assertCode(ErrorCode.LIMIT_EXCEEDED, () -> part.lease(49 * MIB));
      List<Lease> leases = part.leaseAll(20 * MIB, 20 * MIB, 8 * MIB);
      assertThat(part.tryLease(1)).isEmpty();
      assertThat(pool.tryLease(16 * MIB)).isEmpty();
      leases.removeLast().close();
      part.close();
      part.close();
      assertCode(ErrorCode.CLOSED, () -> part.lease(1));
      assertThat(pool.usedBytes()).isEqualTo(49 * MIB);
      leases.forEach(Lease::close);
      assertThat(pool.usedBytes()).isEqualTo(MIB);
      here.close();
      pool.lease(64 * MIB).close();
    }
    assertThat(source.heldBytes.get()).isZero();
  }

  @Test
  void memoryOfAPartServesTheNext_whenItIsClosed() {
    CountingSource source = new CountingSource(64 * MIB);
    try (BufferPool pool = BufferPool.create(64 * MIB, source, false)) {
      for (int round = 0; round < 10; round++) {
        try (BufferPool part = pool.trySplit(48 * MIB).orElseThrow()) {
          part.leaseAll(10 * MIB, 10 * MIB, MIB).forEach(Lease::close);
        }
      }
      assertThat(source.blocks.get()).isEqualTo(3);
      assertThat(pool.usedBytes()).isZero();
      pool.lease(64 * MIB).close();
      assertThat(pool.heldBytes()).isEqualTo(64 * MIB);
    }
    assertThat(source.heldBytes.get()).isZero();
  }

  /// The source fails as soon as more than the budget is taken from the system.
  @Test
  void budgetHolds_whenPartsOfAllSizesComeAndGo() {
    long seed = new Random().nextLong();
    System.out.println("BufferPoolTest seed " + seed);
    Random random = new Random(seed);
    CountingSource source = new CountingSource(100 * MIB);
    try (BufferPool pool = BufferPool.create(100 * MIB, source, false)) {
      ArrayDeque<AutoCloseable> open = new ArrayDeque<>();
      for (int step = 0; step < 300; step++) {
        BufferPool from =
            random.nextBoolean() && open.peekLast() instanceof BufferPool part ? part : pool;
        long bytes = 1 + random.nextLong(30 * MIB);
        if (random.nextInt(3) == 0) {
          from.trySplit(Math.max(64 * KIB, bytes)).ifPresent(open::addLast);
        } else if (BufferPool.slotBytes(bytes) <= from.budgetBytes()) {
          from.tryLease(bytes).ifPresent(open::addLast);
        }
        if (open.size() > random.nextInt(8)) {
          end(random.nextBoolean() ? open.removeFirst() : open.removeLast());
        }
        assertThat(pool.heldBytes()).isEqualTo(source.heldBytes.get());
      }
      open.forEach(BufferPoolTest::end);
      assertThat(pool.usedBytes()).isZero();
    }
    assertThat(source.heldBytes.get()).isZero();
  }

  private static void end(AutoCloseable resource) {
    switch (resource) {
      case BufferPool part -> part.close();
      case Lease lease -> lease.close();
      default -> throw new AssertionError(resource);
    }
  }

  @Test
  void budgetComesBack_whenAPartIsClosedBeforeAPartOfItsOwn() {
    try (BufferPool pool = BufferPool.create(8 * MIB)) {
      BufferPool part = pool.trySplit(4 * MIB).orElseThrow();
      BufferPool partOfPart = part.trySplit(MIB).orElseThrow();
      part.close();
      assertThat(pool.usedBytes()).isEqualTo(4 * MIB);
      partOfPart.close();
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void leaksOfAPartAreReported_whenTheWholeIsClosedInCheckedMode() {
    BufferPool pool = BufferPool.create(8 * MIB, MemorySource.plain(), true);
    BufferPool part = pool.trySplit(MIB).orElseThrow();
    Lease lease = part.lease(1);
    part.close();
    assertThatThrownBy(pool::close).satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    lease.close();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void leaseIsOnlyGivenBackOnce_whenItIsClosedTwice() {
    try (BufferPool pool = BufferPool.create(MIB)) {
      Lease lease = pool.lease(1);
      lease.close();
      Lease other = pool.lease(1);
      lease.close();
      assertThat(pool.usedBytes()).isEqualTo(64 * KIB);
      other.close();
      assertThatThrownBy(lease::segment).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void checkedModeIsOn_inTheWholeTestSuite() {
    try (BufferPool pool = BufferPool.create(MIB)) {
      Lease lease = pool.lease(1);
      MemorySegment segment = lease.segment();
      lease.close();
      assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void segmentThrowsAfterClose_inCheckedMode() {
    try (BufferPool pool = BufferPool.create(MIB, MemorySource.plain(), true)) {
      Lease lease = pool.lease(100);
      MemorySegment segment = lease.segment();
      assertThat(segment.get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 0xA5);
      lease.close();
      assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  @SuppressWarnings("restricted")
  void writeBehindTheSegmentIsFound_inCheckedMode() {
    try (BufferPool pool = BufferPool.create(MIB, MemorySource.plain(), true)) {
      Lease lease = pool.lease(100);
      lease.segment().reinterpret(101).set(ValueLayout.JAVA_BYTE, 100, (byte) 0);
      assertThatThrownBy(lease::close).hasMessageContaining("behind a lease of 100");
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void leaksAreReportedWithTheirPlace_whenThePoolIsClosedInCheckedMode() {
    BufferPool pool = BufferPool.create(MIB, MemorySource.plain(), true);
    Lease lease = pool.lease(100);
    assertThatThrownBy(pool::close)
        .isInstanceOf(IllegalStateException.class)
        .satisfies(e ->
            assertThat(e.getSuppressed()[0].getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(BufferPoolTest.class.getName())));
    lease.segment().fill((byte) 1);
    lease.close();
    assertThat(pool.heldBytes()).isZero();
    pool.close();
  }

  @Test
  void leasesStayValid_whenThePoolIsClosedBeforeThem() {
    CountingSource source = new CountingSource(MIB);
    BufferPool pool = BufferPool.create(MIB, source, false);
    Lease lease = pool.lease(100);
    pool.close();
    lease.segment().fill((byte) 1);
    assertCode(ErrorCode.CLOSED, () -> pool.lease(1));
    lease.close();
    assertThat(source.heldBytes.get()).isZero();
  }

  @Test
  void waitersFail_whenThePoolIsClosed() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      BufferPool pool = BufferPool.create(MIB, MemorySource.plain(), false);
      Lease all = pool.lease(MIB);
      Future<Lease> waiting = threads.submit(() -> pool.lease(1));
      while (pool.waiting() == 0) {
        Thread.onSpinWait();
      }
      pool.close();
      assertThatThrownBy(waiting::get).hasRootCauseMessage("the buffer pool is closed");
      all.close();
      assertThat(pool.heldBytes()).isZero();
    }
  }

  /// Many threads lease, mark, check and close. No byte is ever in two leases, the budget holds,
  /// and everything comes back.
  @ParameterizedTest
  @CsvSource({"8, false", "200, false", "16, true"})
  void noByteIsInTwoLeases_whenManyThreadsLease(long budgetMib, boolean checked) throws Exception {
    long seed = new Random().nextLong();
    System.out.println("BufferPoolTest seed " + seed);
    CountingSource source = new CountingSource(budgetMib * MIB);
    try (BufferPool pool = BufferPool.create(budgetMib * MIB, source, checked);
        var threads = Executors.newFixedThreadPool(6)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Random random = new Random(seed + i);
        running.add(threads.submit(() -> leaseAndCheck(pool, random, checked ? 300 : 3000)));
      }
      for (Future<?> each : running) {
        each.get();
      }
      assertThat(pool.usedBytes()).isZero();
      assertThat(pool.peakBytes()).isLessThanOrEqualTo(budgetMib * MIB);
    }
    assertThat(source.heldBytes.get()).isZero();
  }

  /// Holds several leases at once only by tryLease, so that threads cannot wait for each other.
  private static void leaseAndCheck(BufferPool pool, Random random, int rounds) {
    List<Lease> held = new ArrayList<>();
    List<Long> marks = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      long largest = random.nextInt(50) == 0 ? pool.budgetBytes() : pool.budgetBytes() / 16;
      long bytes = 16 + random.nextLong(largest - 16);
      if (held.isEmpty()) {
        if (random.nextInt(10) == 0) {
          pool.leaseAll(bytes / 4 + 16, bytes / 4 + 16).forEach(Lease::close);
          pool.tryReserve(bytes / 4 + 16, 2)
              .ifPresent(reservation -> {
                reservation.lease(16).close();
                reservation.close();
              });
        }
        mark(pool.lease(bytes), random, held, marks);
      } else if (random.nextBoolean()) {
        pool.tryLease(bytes).ifPresent(lease -> mark(lease, random, held, marks));
      } else {
        int victim = random.nextInt(held.size());
        closeMarked(held.remove(victim), marks.remove(victim));
      }
    }
    while (!held.isEmpty()) {
      closeMarked(held.removeLast(), marks.removeLast());
    }
  }

  private static void mark(Lease lease, Random random, List<Lease> held, List<Long> marks) {
    long mark = random.nextLong();
    MemorySegment memory = lease.segment();
    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, mark);
    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, memory.byteSize() / 2 - 4, mark);
    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, memory.byteSize() - 8, mark);
    held.add(lease);
    marks.add(mark);
  }

  private static void closeMarked(Lease lease, long mark) {
    MemorySegment memory = lease.segment();
    assertThat(memory.get(ValueLayout.JAVA_LONG_UNALIGNED, memory.byteSize() - 8)).isEqualTo(mark);
    lease.close();
  }

  private static void assertCode(ErrorCode code, Runnable action) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void slotsAreSetApartWithoutWaiting_orNotAtAll() {
    try (BufferPool pool = BufferPool.create(1 << 20)) {
      try (Lease taken = pool.lease(300_000);
          Reservation some = pool.tryReserve(100_000, 2).orElseThrow()) {
        long used = pool.usedBytes();
        assertThat(pool.tryReserve(100_000, 6)).isEmpty();
        assertThat(pool.usedBytes()).isEqualTo(used);
        try (Lease drawn = some.lease(100_000)) {
          assertThat(drawn.segment().byteSize()).isEqualTo(100_000);
        }
        assertThat(taken.segment().byteSize()).isEqualTo(300_000);
      }
      assertThat(pool.tryReserve(100_000, 7)).isPresent().get().satisfies(Reservation::close);
    }
  }
}
