package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.s3.SimulatedGets.Answer;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the line makes of each thing that a service may do, and with which requests; on virtual
/// time, against a transport that is a function.
class GetLineTest {
  private static final int OBJECT = 4 << 20;
  private static final long FIRST_BYTE = 30_000_000;
  private static final double RATE = 60e6;
  private static final S3Options OPTIONS = S3Options.of("bucket", "");
  private static final GetEnd RESET_WHILE_IDLE = new GetEnd.Broken("reset", null, true, true);

  private final Arena arena = Arena.ofConfined();
  private final VirtualTime time = new VirtualTime();
  private final byte[] content = new byte[OBJECT];
  private final List<Answer> script = new ArrayList<>();
  private final SimulatedGets gets =
      new SimulatedGets(time, this::answer, _ -> content, OBJECT, 64 << 10);
  private final GetLine line = line(gets);

  private GetLine line(GetTransport transport) {
    return new GetLine(
        transport,
        64,
        OPTIONS,
        new S3Failures("bucket", "Test"),
        new GetLine.Parts(time, new Random(1), time, new HedgeBudget()));
  }

  /// The script's next answer; after its end everything goes well.
  private Answer answer(GetRequest request, InetSocketAddress address, int inFlight) {
    return script.isEmpty() ? Answer.whole(FIRST_BYTE, RATE) : script.removeFirst();
  }

  @BeforeEach
  void fill() {
    new Random(1).nextBytes(content);
  }

  @AfterEach
  void close() {
    line.close();
    assertThat(gets.open()).isZero();
    arena.close();
  }

  private CompletableFuture<ObjectInfo> start(long offset, MemorySegment target) {
    return line.read(RangeRequest.of("k", offset, target.byteSize()), Landing.into(target));
  }

  private void finish(CompletableFuture<?>... reads) {
    time.until(() -> CompletableFuture.allOf(reads).isDone());
  }

  private byte[] read(long offset, long bytes) {
    MemorySegment target = arena.allocate(bytes);
    CompletableFuture<ObjectInfo> read = start(offset, target);
    finish(read);
    PendingTransfer.await(read, "read");
    return target.toArray(ValueLayout.JAVA_BYTE);
  }

  private byte[] expected(long offset, long bytes) {
    return java.util.Arrays.copyOfRange(content, (int) offset, (int) (offset + bytes));
  }

  private static GetEnd broken() {
    return new GetEnd.Broken("reset", null, true, false);
  }

  /// Lets the line learn what is usual: 30 ms to the first byte, 60 MB/s.
  private void learn() {
    for (int i = 0; i < 32; i++) {
      read(0, 1 << 20);
    }
    gets.requests().clear();
  }

  @Test
  void rangeComesWithOneRequest_whenAllIsWell() {
    assertThat(read(7, 100_000)).isEqualTo(expected(7, 100_000));
    assertThat(gets.requests())
        .containsExactly(
            new GetRequest("k", new ByteRange(7, 100_000), Optional.empty(), Optional.empty()));
    assertThat(line.counts().repeated()).isZero();
    assertThat(line.counts().reads().concurrency()).isEqualTo(16);
  }

  @Test
  void onlyWhatIsMissingIsAskedForAgain_ofTheSameObject_elsewhere() {
    script.add(Answer.cut(FIRST_BYTE, RATE, 70_000));
    script.add(Answer.cut(FIRST_BYTE, RATE, 10_000));

    assertThat(read(1_000, 200_000)).isEqualTo(expected(1_000, 200_000));

    Optional<String> tag = Optional.of("\"1\"");
    assertThat(gets.requests())
        .containsExactly(
            new GetRequest("k", new ByteRange(1_000, 200_000), Optional.empty(), Optional.empty()),
            new GetRequest(
                "k",
                new ByteRange(71_000, 130_000),
                tag,
                Optional.of(SimulatedGets.ADDRESSES.get(0))),
            new GetRequest(
                "k",
                new ByteRange(81_000, 120_000),
                tag,
                Optional.of(SimulatedGets.ADDRESSES.get(1))));
    assertThat(line.counts().repeated()).isEqualTo(2);
  }

  @Test
  void landingIsAskedOnceAndGapsAreLeftAlone_whenARangeComesInParts() {
    script.add(Answer.cut(FIRST_BYTE, RATE, 100_005));
    MemorySegment target = arena.allocate(300_000).fill((byte) 7);
    AtomicInteger asked = new AtomicInteger();
    Landing landing =
        () -> {
          asked.incrementAndGet();
          return List.of(
              new Landing.Slice(10, target.asSlice(0, 50_000)),
              new Landing.Slice(100_000, target.asSlice(100_000, 10)),
              new Landing.Slice(290_000, target.asSlice(200_000, 10_000)));
        };

    CompletableFuture<ObjectInfo> read = line.read(RangeRequest.of("k", 50, 300_000), landing);
    assertThat(asked).hasValue(0);
    finish(read);

    assertThat(read.join().etag()).isEqualTo("\"1\"");
    assertThat(asked).hasValue(1);
    byte[] landed = target.toArray(ValueLayout.JAVA_BYTE);
    byte[] wanted = new byte[300_000];
    java.util.Arrays.fill(wanted, (byte) 7);
    System.arraycopy(content, 60, wanted, 0, 50_000);
    System.arraycopy(content, 100_050, wanted, 100_000, 10);
    System.arraycopy(content, 290_050, wanted, 200_000, 10_000);
    assertThat(landed).isEqualTo(wanted);
  }

  @Test
  void readFailsAfterItsAttempts_naming_theKeyAndTheReason() {
    for (int i = 0; i < 10; i++) {
      script.add(Answer.ends(FIRST_BYTE, broken()));
    }

    assertThatThrownBy(() -> read(0, 10))
        .isInstanceOf(TransientException.class)
        .hasMessageContaining("read k: reset, after 4 attempts");
    assertThat(gets.requests()).hasSize(4);
  }

  @Test
  void readFailsAtOnce_whenARepetitionCannotHelp() {
    script.add(Answer.refused(FIRST_BYTE, 404, "NoSuchKey"));
    assertThatThrownBy(() -> read(0, 10)).isInstanceOf(NotFoundException.class);
    script.add(Answer.refused(FIRST_BYTE, 403, "AccessDenied"));
    assertThatThrownBy(() -> read(0, 10))
        .isInstanceOfSatisfying(
            PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_PERMITTED));
    script.add(Answer.refused(FIRST_BYTE, 416, "InvalidRange"));
    assertThatThrownBy(() -> read(0, 10))
        .isInstanceOfSatisfying(
            PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPT));

    assertThat(gets.requests()).hasSize(3);
  }

  @Test
  void bytesOfTwoObjectsAreNeverMixed_whenTheObjectIsReplacedInTheMiddle() {
    script.add(Answer.cut(FIRST_BYTE, RATE, 70_000));
    MemorySegment target = arena.allocate(200_000);
    CompletableFuture<ObjectInfo> read = start(0, target);
    time.until(() -> gets.open() == 0);
    gets.replaceObjects("\"2\"");
    finish(read);

    assertThatThrownBy(() -> PendingTransfer.await(read, "read"))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void oneResetOfAnIdleConnectionIsFree_theNextOneCounts() {
    for (int i = 0; i < 5; i++) {
      script.add(Answer.ends(0, RESET_WHILE_IDLE));
    }
    MemorySegment target = arena.allocate(10);
    CompletableFuture<ObjectInfo> read = start(0, target);
    time.until(() -> gets.requests().size() == 2);
    assertThat(time.seconds()).isZero();

    finish(read);

    assertThatThrownBy(() -> PendingTransfer.await(read, "read"))
        .hasMessageContaining("after 4 attempts");
    assertThat(gets.requests()).hasSize(5);
  }

  @Test
  void silentAnswerIsGivenUpAfterTwoSeconds_andGoneOnWithElsewhere() {
    script.add(Answer.stalls(FIRST_BYTE, RATE, 70_000));
    script.add(new Answer(100_000_000_000L, RATE, null, 0, null));

    assertThat(read(0, 200_000)).isEqualTo(expected(0, 200_000));

    assertThat(gets.requests())
        .extracting(request -> request.range().length())
        .containsExactly(200_000L, 130_000L, 130_000L);
    assertThat(line.counts().reads().stalled()).isEqualTo(2);
    assertThat(time.seconds()).isBetween(4.0, 4.6);
  }

  @Test
  void nothingLooksStalled_whenTheWholeProcessPaused() {
    script.add(Answer.whole(100_000_000, RATE));
    MemorySegment target = arena.allocate(10);
    CompletableFuture<ObjectInfo> read = start(0, target);
    time.skip(Duration.ofMinutes(5));
    finish(read);

    PendingTransfer.await(read, "read");
    assertThat(gets.requests()).hasSize(1);
  }

  @Test
  void secondRequestOvertakesElsewhere_whenTheFirstByteIsLate() {
    learn();
    double before = time.seconds();
    script.add(Answer.whole(1_900_000_000, RATE));

    assertThat(read(5, 1 << 20)).isEqualTo(expected(5, 1 << 20));

    assertThat(gets.requests()).hasSize(2);
    assertThat(gets.requests().get(1).range()).isEqualTo(gets.requests().get(0).range());
    assertThat(gets.requests().get(1).avoid()).isPresent();
    assertThat(line.counts().reads().hedged()).isEqualTo(1);
    assertThat(line.counts().reads().hedgesWon()).isEqualTo(1);
    assertThat(time.seconds() - before).isBetween(0.24, 0.3);
  }

  @Test
  void firstRequestWins_whenItAnswersBeforeTheSecond() {
    learn();
    script.add(Answer.whole(225_000_000, RATE));

    assertThat(read(5, 1 << 20)).isEqualTo(expected(5, 1 << 20));

    assertThat(line.counts().reads().hedged()).isEqualTo(1);
    assertThat(line.counts().reads().hedgesWon()).isEqualTo(0);
  }

  @Test
  void endOfTheSlowerOneDoesNotMatter_onceTheFasterOneLands() {
    learn();
    gets.cancelsWithin(Duration.ofSeconds(1));
    script.add(Answer.refused(260_000_000, 403, "AccessDenied"));
    script.add(Answer.whole(FIRST_BYTE, RATE / 2)); // begins before that, ends after it

    assertThat(read(5, 1 << 20)).isEqualTo(expected(5, 1 << 20));

    assertThat(line.counts().reads().hedgesWon()).isEqualTo(1);
    assertThat(gets.requests()).hasSize(2);
  }

  @Test
  void readsFailAndOthersFollow_whenTheWatchItselfFails() {
    CompletableFuture<ObjectInfo> read = start(0, arena.allocate(10));
    time.breakOnce();
    finish(read);
    assertThatThrownBy(() -> PendingTransfer.await(read, "read"))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));

    script.add(Answer.stalls(FIRST_BYTE, RATE, 5));
    assertThat(read(0, 10)).isEqualTo(expected(0, 10));
  }

  @Test
  void readGoesOnWithTheOther_whenOneOfTwoFails() {
    learn();
    script.add(Answer.ends(300_000_000, broken()));
    script.add(Answer.whole(200_000_000, RATE));
    assertThat(read(5, 1 << 20)).isEqualTo(expected(5, 1 << 20));
    assertThat(gets.requests()).hasSize(2);

    script.add(Answer.whole(400_000_000, RATE));
    script.add(Answer.ends(10_000_000, broken()));
    assertThat(read(5, 1 << 20)).isEqualTo(expected(5, 1 << 20));
    assertThat(gets.requests()).hasSize(5); // the failed hedge leaves room for another one
  }

  @Test
  void damagedBytesAreAskedForElsewhere_once() {
    read(0, 1_000); // of the first address
    read(1_000, 1_000);
    line.distrust("k", new ByteRange(100, 50));
    line.distrust("other", new ByteRange(0, 10));

    read(2_000, 10);
    read(100, 50);
    read(100, 50);

    assertThat(gets.requests())
        .extracting(GetRequest::avoid)
        .containsExactly(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(SimulatedGets.ADDRESSES.get(0)),
            Optional.empty());
  }

  @Test
  void damagedBytesAreAskedForElsewhere_whenTheyCameBeforeTheirStartHadReturned() {
    List<Optional<InetSocketAddress>> avoided = new ArrayList<>();
    GetTransport early =
        new GetTransport() {
          @Override
          public Exchange start(GetRequest request, GetSink sink) {
            avoided.add(request.avoid());
            CompletableFuture.runAsync(() -> answer(request, sink)).join();
            return () -> {};
          }

          private void answer(GetRequest request, GetSink sink) {
            ObjectInfo info = new ObjectInfo("k", OBJECT, "\"1\"", Instant.EPOCH);
            sink.begin(info, SimulatedGets.ADDRESSES.getFirst());
            sink.progressed(request.range().length());
            sink.ended(new GetEnd.Whole());
          }

          @Override
          public void close() {}
        };
    try (GetLine line = line(early)) {
      MemorySegment target = arena.allocate(10);
      line.read(RangeRequest.of("k", 0, 10), Landing.into(target)).join();
      line.distrust("k", new ByteRange(0, 10));
      line.read(RangeRequest.of("k", 0, 10), Landing.into(target)).join();
    }
    assertThat(avoided)
        .containsExactly(Optional.empty(), Optional.of(SimulatedGets.ADDRESSES.getFirst()));
  }

  @Test
  void severalAreHelpedAtOnce_whenTheyAreFewOfThoseThatLeftWithThem() {
    learn();
    for (int i = 0; i < 4; i++) {
      script.add(Answer.whole(10 * FIRST_BYTE, RATE / 10));
    }
    List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      reads.add(start(0, arena.allocate(1 << 20)));
    }
    finish(reads.toArray(CompletableFuture[]::new));

    assertThat(line.counts().reads().hedgesWon()).isEqualTo(4);
    assertThat(gets.requests()).hasSize(54);
  }

  @Test
  void farPartOfWhatIsMissingIsBroughtByAnother_whenABodyIsSlow() {
    learn();
    script.add(Answer.whole(FIRST_BYTE, RATE / 20));

    assertThat(read(0, OBJECT)).isEqualTo(content);

    assertThat(line.counts().reads().stolen()).isEqualTo(1);
    assertThat(gets.requests()).hasSize(2);
    assertThat(gets.requests().get(1).range().end()).isEqualTo(OBJECT);
    assertThat(gets.requests().get(1).range().offset()).isBetween(OBJECT / 10L, OBJECT / 6L);
  }

  @Test
  void largeReadIsSplit_onceTheObjectIsKnown() {
    long bytes = 40L << 20;
    SimulatedGets large = new SimulatedGets(time, this::answer, _ -> content, bytes, 1 << 20);
    try (GetLine other =
        new GetLine(
            large,
            64,
            OPTIONS,
            new S3Failures("bucket", "Test"),
            new GetLine.Parts(time, new Random(1), time, new HedgeBudget()))) {
      CompletableFuture<ObjectInfo> read =
          other.read(
              RangeRequest.of("k", 0, bytes),
              () -> List.of(new Landing.Slice(3, arena.allocate(OBJECT - 3))));
      assertThat(large.requests()).hasSize(1);
      time.until(() -> large.requests().size() > 1);
      assertThat(large.requests()).hasSize(5);
      finish(read);
      PendingTransfer.await(read, "read");

      assertThat(large.requests())
          .extracting(GetRequest::range)
          .containsExactly(
              new ByteRange(0, 8 << 20),
              new ByteRange(8 << 20, 8 << 20),
              new ByteRange(16 << 20, 8 << 20),
              new ByteRange(24 << 20, 8 << 20),
              new ByteRange(32 << 20, 8 << 20));
      assertThat(large.requests().subList(1, 5))
          .allSatisfy(request -> assertThat(request.etag()).contains("\"1\""));
    }
  }

  @Test
  void readIsCancelledAtOnce_whileItWaits_andOnlyWhenItsMemoryIsFree_afterwards() {
    List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      reads.add(start(i, arena.allocate(1_000)));
    }
    assertThat(gets.open()).isEqualTo(64);
    assertThat(reads.getLast().cancel(true)).isTrue();
    assertThat(reads.getFirst().cancel(true)).isTrue();
    finish(reads.toArray(CompletableFuture[]::new));
    assertThat(gets.requests()).hasSize(99);

    MemorySegment target = arena.allocate(OBJECT);
    CompletableFuture<ObjectInfo> landing = start(0, target);
    time.until(() -> target.get(ValueLayout.JAVA_BYTE, 65_000) != 0);
    assertThat(landing.cancel(true)).isFalse();
    assertThat(landing).isNotDone();
    finish(landing);
    assertThatThrownBy(landing::join).isInstanceOf(CancellationException.class);
    target.fill((byte) 9);
    time.pass(Duration.ofSeconds(10));
    assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsOnly(9);
  }

  @Test
  void everythingFailsAtOnce_whenTheLineIsClosed() {
    for (int i = 0; i < 50; i++) {
      script.add(Answer.stalls(FIRST_BYTE, RATE, 100));
      script.add(Answer.refused(FIRST_BYTE, 503, "SlowDown"));
    }
    List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      reads.add(start(i, arena.allocate(1_000)));
    }
    time.pass(Duration.ofMillis(100));

    line.close();

    reads.add(start(0, arena.allocate(1)));
    for (CompletableFuture<ObjectInfo> read : reads) {
      assertThat(read).isDone();
      assertThatThrownBy(() -> PendingTransfer.await(read, "read"))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
    }
  }

  @Test
  void readFails_whenItsLandingDoes() {
    CompletableFuture<ObjectInfo> read =
        line.read(
            RangeRequest.of("k", 0, 10), () -> List.of(new Landing.Slice(5, arena.allocate(6))));
    finish(read);

    assertThatThrownBy(() -> PendingTransfer.await(read, "read"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("landing slice at 5 of 6 bytes");
  }

  @Test
  void nothingIsWatched_whenNothingIsUnderWay() {
    read(0, 10);
    time.until(() -> false);

    assertThat(time.seconds()).isLessThan(0.1);
  }
}
