package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.TestTls;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What every transport keeps, against a server that misbehaves: each exchange is told of in order,
/// ends once, and touches the memory it was lent, with the right bytes, and nothing else.
@ParameterizedClass
@EnumSource
class GetTransportTest {
  private static TestTls tls;

  @Parameter Carrier carrier;

  private static final int OBJECT_BYTES = 3_000_000;
  private static final byte UNTOUCHED = 0x55;

  private final Arena arena = Arena.ofShared();
  private final byte[] content = new byte[OBJECT_BYTES];
  private S3TestServer server;
  private GetTransport transport;

  @BeforeParameterizedClassInvocation
  static void assumeHere(Carrier carrier) {
    carrier.assumeHere();
  }

  @BeforeAll
  static void makeCertificate() throws Exception {
    tls = TestTls.create();
  }

  @BeforeEach
  void open() {
    new Random(1).nextBytes(content);
    server = carrier.isTls() ? S3TestServer.start(tls) : S3TestServer.start();
    server.createBucket("bucket");
    server.put("bucket", "object", content);
    transport = open(server.endpoint(), Optional.of(tls.trust()));
  }

  private GetTransport open(URI endpoint, Optional<TrustManager> trust) {
    return carrier.open(TransportParts.of(endpoint, "bucket"), trust);
  }

  @AfterEach
  void close() {
    transport.close();
    server.close();
    arena.close();
  }

  @Test
  void bytesAreThoseOfTheObject_overRandomRangesAndGaps() throws Exception {
    long seed = new Random().nextLong();
    System.out.println(carrier + ": ranges and gaps of seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      int length = 1 + random.nextInt(1 << (1 + random.nextInt(21)));
      int offset = random.nextInt(OBJECT_BYTES - length + 1);
      List<Landing.Slice> slices = slices(random, length);
      RecordingSink sink = get(offset, length, slices);

      assertThat(sink.end()).as("read %d of seed %d", i, seed).isEqualTo(new GetEnd.Whole());
      assertThat(sink.progress()).isEqualTo(length);
      assertThat(sink.info().bytes()).isEqualTo(OBJECT_BYTES);
      for (Landing.Slice slice : slices) {
        assertLanded(slice, offset, slice.target().byteSize());
      }
    }
  }

  private List<Landing.Slice> slices(Random random, int length) {
    List<Landing.Slice> slices = new ArrayList<>();
    for (int at = random.nextInt(3) * random.nextInt(length); at < length; ) {
      int bytes = 1 + random.nextInt(length - at);
      slices.add(new Landing.Slice(at, untouched(bytes)));
      at += bytes + (random.nextBoolean() ? 0 : random.nextInt(length));
    }
    return slices;
  }

  @Test
  void endSaysWhatWentWrong_forEveryFault() throws Exception {
    assertEnd(new WireFault.None(), new GetEnd.Whole());
    assertRefused(new WireFault.Refused(503, "SlowDown"), 503, "SlowDown");
    assertRefused(new WireFault.Refused(403, "AccessDenied"), 403, "AccessDenied");
    assertRefused(new WireFault.Refused(404, "NoSuchKey"), 404, "NoSuchKey");
    assertBroken(new WireFault.ResetBefore(), 0);
    assertBroken(new WireFault.ResetAfter(), 0);
    assertBroken(new WireFault.AppliedLate(), 0);
    assertBroken(new WireFault.CutBody(0), 0);
    assertBroken(new WireFault.CutBody(1), 1);
    assertBroken(new WireFault.CutBody(150_000), 150_000);
    assertBroken(new WireFault.RangeIgnored(), 0);
    assertBroken(new WireFault.WrongRange(), 0);
    assertBroken(new WireFault.ErrorDocument(false), 0);
    assertEnd(new WireFault.ExtraBytes(100), new GetEnd.Whole());
    // Those may meet the next request on the same connection, but never be its answer.
    assertThat(faulty(new WireFault.None()).sink().end())
        .isInstanceOfAny(GetEnd.Whole.class, GetEnd.Broken.class);
    assertEnd(new WireFault.ConditionIgnored(), new GetEnd.Whole());
    assertEnd(new WireFault.OtherTag(), new GetEnd.Whole()); // nothing was pinned
    assertEnd(new WireFault.None(), new GetEnd.Whole());
  }

  private void assertEnd(WireFault fault, GetEnd expected) throws Exception {
    assertThat(faulty(fault).sink().end()).as("%s", fault).isEqualTo(expected);
  }

  private void assertRefused(WireFault fault, int status, String code) throws Exception {
    Faulty read = faulty(fault);
    assertThat(read.sink().end())
        .as("%s", fault)
        .isInstanceOfSatisfying(
            GetEnd.Refused.class,
            refused -> {
              assertThat(refused.status()).isEqualTo(status);
              assertThat(refused.code()).isEqualTo(code);
              assertThat(refused.requestId()).startsWith("test-");
              assertThat(refused.mended()).isFalse();
            });
    assertUntouched(read.target());
  }

  private void assertBroken(WireFault fault, int landed) throws Exception {
    Faulty read = faulty(fault);
    assertThat(read.sink().end()).as("%s", fault).isInstanceOf(GetEnd.Broken.class);
    // A client of the SDK may lose what came before the break.
    assertThat(read.sink().progress())
        .as("%s", fault)
        .isBetween(carrier.ownsConnections() ? landed : 0L, (long) landed);
    assertLanded(new Landing.Slice(0, read.target()), 1_000, read.sink().progress());
    assertUntouched(read.target().asSlice(landed));
  }

  private record Faulty(RecordingSink sink, MemorySegment target) {}

  private Faulty faulty(WireFault fault) throws Exception {
    server.script(S3Script.first(S3Operation.GET, fault));
    MemorySegment target = untouched(200_000);
    return new Faulty(get(1_000, 200_000, List.of(new Landing.Slice(0, target))), target);
  }

  @Test
  void readFailsForGood_whenTheObjectIsNotTheOneThatWasReadBefore() throws Exception {
    for (WireFault fault : List.of(new WireFault.None(), new WireFault.ConditionIgnored())) {
      server.script(S3Script.first(S3Operation.GET, fault));
      MemorySegment target = untouched(10);
      RecordingSink sink = new RecordingSink(List.of(new Landing.Slice(0, target)));
      transport.start(
          new GetRequest("object", new ByteRange(0, 10), Optional.of("\"old\""), Optional.empty()),
          sink);
      sink.await();

      if (fault instanceof WireFault.None) {
        assertThat(sink.end())
            .isInstanceOfSatisfying(
                GetEnd.Refused.class, refused -> assertThat(refused.status()).isEqualTo(412));
      } else {
        assertFailed(sink, ErrorCode.PRECONDITION_FAILED);
      }
      assertUntouched(target);
    }
  }

  @Test
  void readFailsForGood_whenTheObjectIsTooShort() throws Exception {
    RecordingSink beyond = get(OBJECT_BYTES, 10, List.of());
    RecordingSink across = get(OBJECT_BYTES - 5, 10, List.of());

    for (RecordingSink sink : List.of(beyond, across)) {
      assertThat(sink.end())
          .isInstanceOfSatisfying(
              GetEnd.Failed.class,
              failed -> assertThat(failed.failure()).isInstanceOf(CorruptDataException.class));
      assertThat(sink.hasBegun()).isFalse();
    }
  }

  @Test
  void readFailsForGood_whenItsSlicesAreNotInTheRangeOrItsSinkThrows() throws Exception {
    assertFailed(
        get(0, 10, List.of(new Landing.Slice(5, untouched(10)))), ErrorCode.INVALID_ARGUMENT);
    RecordingSink throwing =
        new RecordingSink(List.of()) {
          @Override
          List<Landing.Slice> slices() {
            throw new RefusedException(ErrorCode.LIMIT_EXCEEDED, "no memory");
          }
        };
    transport.start(request(0, 10), throwing);
    throwing.await();
    assertFailed(throwing, ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void connectionIsUsedAgain_whenTheAnswerCameToItsEnd() throws Exception {
    get(0, 100, List.of());
    server.script(S3Script.first(S3Operation.GET, new WireFault.Refused(503, "SlowDown")));
    get(0, 100, List.of());
    get(0, 100, List.of());
    server.script(S3Script.first(S3Operation.GET, new WireFault.ResetBefore()));

    RecordingSink reset = get(0, 100, List.of());

    assertThat(reset.end())
        .isInstanceOfSatisfying(
            GetEnd.Broken.class,
            broken -> {
              assertThat(broken.beforeFirstByte()).isTrue();
              assertThat(broken.onReusedConnection()).isEqualTo(carrier.ownsConnections());
            });
  }

  @Test
  void exchangeEndsAndItsMemoryIsFree_whenCancelledWhileTheServerIsSilent() throws Exception {
    for (WireFault fault : List.of(stall(0), stall(1_000), stall(OBJECT_BYTES - 1_000))) {
      CountDownLatch arrived = ((WireFault.Stall) fault).arrived();
      server.script(S3Script.first(S3Operation.GET, fault));
      MemorySegment target = untouched(OBJECT_BYTES);
      RecordingSink sink = new RecordingSink(List.of(new Landing.Slice(0, target)));
      GetTransport.Exchange exchange = transport.start(request(0, OBJECT_BYTES), sink);
      arrived.await();

      exchange.cancel();
      exchange.cancel();

      sink.await();
      assertThat(sink.end()).isEqualTo(new GetEnd.Cancelled());
      target.fill(UNTOUCHED);
      ((WireFault.Stall) fault).go().countDown();
      assertThat(get(0, 10, List.of()).end()).isEqualTo(new GetEnd.Whole());
      assertUntouched(target);
      exchange.cancel();
    }
  }

  private static WireFault.Stall stall(int bytes) {
    return new WireFault.Stall(bytes, new CountDownLatch(1), new CountDownLatch(1));
  }

  @Test
  void nothingIsTouched_whenTheAnswerIsNotWanted() throws Exception {
    for (int length : List.of(1_000, OBJECT_BYTES)) {
      RecordingSink sink = new RecordingSink(Optional.empty());
      transport.start(request(0, length), sink);
      sink.await();

      assertThat(sink.end()).isEqualTo(new GetEnd.Cancelled());
      assertThat(get(0, 10, List.of()).end()).isEqualTo(new GetEnd.Whole());
    }
  }

  @Test
  @Timeout(20)
  void nothingLandsBehindAnEarlierEnd_thatIsAskedForWhileTheServerIsSilent() throws Exception {
    // There a receive that waits keeps its memory, so it may be too late for an earlier end.
    boolean mayBeLate = carrier == Carrier.NIO || carrier == Carrier.NETTY_IO_URING;
    WireFault.Stall stall = stall(1_000);
    server.script(S3Script.first(S3Operation.GET, stall));
    MemorySegment target = untouched(100_000);
    RecordingSink sink = new RecordingSink(List.of(new Landing.Slice(0, target)));
    GetTransport.Exchange exchange = transport.start(request(5, 100_000), sink);
    stall.arrived().await();

    boolean early = exchange.endAt(2_000);
    while (!early && !mayBeLate) {
      Thread.onSpinWait(); // what was sent before the silence is still on its way
      early = exchange.endAt(2_000);
    }
    stall.go().countDown();

    sink.await();
    int end = early ? 2_000 : 100_000;
    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
    assertThat(sink.progress()).isEqualTo(end);
    assertLanded(new Landing.Slice(0, target), 5, end);
    assertUntouched(target.asSlice(end));
  }

  @Test
  void exchangeIsWhole_whenOthersAreCancelledWhileTheirConnectionsAreMade() throws Exception {
    long seed = new Random().nextLong();
    System.out.println(carrier + ": cancels of seed " + seed);
    Random random = new Random(seed);
    int rounds = carrier.ownsConnections() && !carrier.isTls() ? 20 : 2; // the others take long
    for (int round = 0; round < rounds; round++) {
      List<RecordingSink> kept = new ArrayList<>();
      List<GetTransport.Exchange> unwanted = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        unwanted.add(transport.start(request(i, 100), new RecordingSink(List.of())));
        kept.add(new RecordingSink(List.of()));
        transport.start(request(i, 100), kept.getLast());
        if (unwanted.size() > 4 && random.nextBoolean()) {
          unwanted.forEach(GetTransport.Exchange::cancel);
          unwanted.clear();
        }
      }
      unwanted.forEach(GetTransport.Exchange::cancel);
      for (RecordingSink sink : kept) {
        sink.await();
        assertThat(sink.end()).as("round %d of seed %d", round, seed).isEqualTo(new GetEnd.Whole());
      }
      transport.close();
      transport = open(server.endpoint(), Optional.of(tls.trust()));
    }
  }

  @Test
  void everyExchangeHasEnded_whenTheTransportIsClosedWithHundredsInFlight() throws Exception {
    int count = 500;
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch arrived = new CountDownLatch(1);
    server.script(S3Script.always(S3Operation.GET, new WireFault.Stall(100, arrived, go)));
    MemorySegment target = untouched(1_000 * count);
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sinks.add(
          new RecordingSink(List.of(new Landing.Slice(0, target.asSlice(1_000L * i, 1_000)))));
      transport.start(request(i, 1_000), sinks.get(i));
    }
    arrived.await();

    transport.close();

    target.fill(UNTOUCHED);
    for (RecordingSink sink : sinks) {
      assertThat(sink.hasEnded()).isTrue();
      assertFailed(sink, ErrorCode.CLOSED);
    }
    go.countDown();
    RecordingSink late = new RecordingSink(List.of());
    transport.start(request(0, 10), late).cancel();
    assertFailed(late, ErrorCode.CLOSED);
    assertUntouched(target);
  }

  @Test
  void exchangeBreaks_whenNobodyListens() throws Exception {
    server.close();

    RecordingSink sink = get(0, 10, List.of());

    assertThat(sink.end())
        .isInstanceOfSatisfying(
            GetEnd.Broken.class,
            broken -> {
              assertThat(broken.beforeFirstByte()).isTrue();
              assertThat(broken.onReusedConnection()).isFalse();
            });
  }

  // --- tools ----------------------------------------------------------------------------------

  private RecordingSink get(int offset, int length, List<Landing.Slice> slices) throws Exception {
    RecordingSink sink = new RecordingSink(slices);
    transport.start(request(offset, length), sink);
    sink.await();
    return sink;
  }

  private static GetRequest request(int offset, int length) {
    return new GetRequest(
        "object", new ByteRange(offset, length), Optional.empty(), Optional.empty());
  }

  private MemorySegment untouched(int bytes) {
    return arena.allocate(bytes).fill(UNTOUCHED);
  }

  private static void assertUntouched(MemorySegment memory) {
    for (byte b : memory.toArray(ValueLayout.JAVA_BYTE)) {
      if (b != UNTOUCHED) {
        throw new AssertionError("memory was written to");
      }
    }
  }

  private void assertLanded(Landing.Slice slice, long offset, long bytes) {
    MemorySegment expected = MemorySegment.ofArray(content);
    assertThat(
            MemorySegment.mismatch(
                slice.target(),
                0,
                bytes,
                expected,
                offset + slice.offset(),
                offset + slice.offset() + bytes))
        .isEqualTo(-1);
  }

  private static void assertFailed(RecordingSink sink, ErrorCode code) {
    assertThat(sink.end())
        .isInstanceOfSatisfying(
            GetEnd.Failed.class, failed -> assertThat(failed.failure().code()).isEqualTo(code));
  }
}
