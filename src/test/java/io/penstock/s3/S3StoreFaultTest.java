package io.penstock.s3;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreCounts;
import io.penstock.store.StoreProbe;
import io.penstock.store.Upload;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// What the store over S3 makes of each fault on the wire, and with how many requests.
@ParameterizedClass(name = "{0}")
@MethodSource("io.penstock.s3.Transports#all")
class S3StoreFaultTest {
  @Parameter S3Options.Transport transport;

  private static final int ATTEMPTS = 3;
  private static final int PART = 5 << 20;
  private static final S3Options.Patience IMPATIENT =
      new S3Options.Patience(
          ATTEMPTS,
          Duration.ofMillis(1),
          Duration.ofMillis(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ZERO);

  /// Gives up an attempt soon, but never the request: an answer may be late for other reasons than
  /// the test's.
  private static final S3Options.Patience BRIEF =
      new S3Options.Patience(
          1000,
          Duration.ofMillis(1),
          Duration.ofMillis(2),
          Duration.ofMinutes(5),
          Duration.ofMillis(300),
          Duration.ofMillis(300),
          Duration.ZERO);

  private final Arena arena = Arena.ofShared();
  private final byte[] content = new byte[300_000];
  private S3TestServer server;
  private S3Store store;

  @BeforeEach
  void open() {
    new Random(1).nextBytes(content);
    server = S3TestServer.start();
    server.createBucket("bucket");
    server.put("bucket", "object", content);
    store = new S3Store(options(), S3Parts.real());
  }

  private S3Options options() {
    return S3Options.of("bucket", "")
        .withEndpoint(server.endpoint())
        .withCredentials(S3StoreTest.credentials())
        .withPatience(IMPATIENT)
        .withTransport(transport);
  }

  @AfterEach
  void close() {
    store.close();
    server.close();
    arena.close();
  }

  // --- reads ----------------------------------------------------------------------------------

  @Test
  void readGoesOnWhereItEnded_whenTheBodyIsCut() {
    server.script(
        S3Script.first(S3Operation.GET, new WireFault.CutBody(100_000), new WireFault.CutBody(1)));
    AtomicInteger asked = new AtomicInteger();
    MemorySegment target = arena.allocate(200_000);
    Landing landing =
        () -> {
          asked.incrementAndGet();
          return List.of(
              new Landing.Slice(10, target.asSlice(0, 120_000)),
              new Landing.Slice(150_000, target.asSlice(120_000, 80_000)));
        };

    ObjectInfo info =
        PendingTransfer.await(store.read(RangeRequest.of("object", 1_000, 250_000), landing), "r");

    assertThat(info.bytes()).isEqualTo(content.length);
    assertThat(asked).hasValue(1);
    assertThat(server.requests(S3Operation.GET)).isEqualTo(3);
    MemorySegment expected = MemorySegment.ofArray(content);
    assertThat(target.asSlice(0, 120_000).mismatch(expected.asSlice(1_010, 120_000))).isEqualTo(-1);
    assertThat(target.asSlice(120_000).mismatch(expected.asSlice(151_000, 80_000))).isEqualTo(-1);
  }

  @Test
  void readIsRepeated_whenTheAnswerIsNotAboutTheRange() {
    for (WireFault fault :
        List.of(
            new WireFault.RangeIgnored(),
            new WireFault.WrongRange(),
            new WireFault.Refused(503, "SlowDown"),
            new WireFault.Refused(500, "InternalError"),
            new WireFault.ResetBefore(),
            new WireFault.ResetAfter(),
            new WireFault.CutBody(0))) {
      int before = server.requests(S3Operation.GET);
      server.script(S3Script.first(S3Operation.GET, fault));

      assertThat(read(5, 1_000)).as("%s", fault).isEqualTo(slice(5, 1_000));

      assertThat(server.requests(S3Operation.GET) - before).as("%s", fault).isEqualTo(2);
    }
  }

  @Test
  void whatIsRepeatedIsCounted_andHowOftenTheServiceAskedForLess() {
    assertCounts(0, 0);
    read(5, 1_000);
    assertCounts(0, 0);

    server.script(S3Script.first(S3Operation.GET, new WireFault.Refused(503, "SlowDown")));
    read(5, 1_000);
    assertCounts(1, 1);

    server.script(S3Script.first(S3Operation.GET, new WireFault.CutBody(10)));
    read(5, 1_000);
    assertCounts(2, 1);
  }

  private void assertCounts(long repeated, long throttled) {
    StoreCounts counts = store.counts();
    assertThat(counts.repeated()).isEqualTo(repeated);
    assertThat(counts.throttled()).isEqualTo(throttled);
  }

  @Test
  void readFailsAfterItsAttempts_whenTheAnswerIsNeverRight() {
    for (WireFault fault :
        List.of(
            new WireFault.RangeIgnored(),
            new WireFault.WrongRange(),
            new WireFault.Refused(503, "SlowDown"),
            new WireFault.ResetBefore(),
            new WireFault.CutBody(0))) {
      int before = server.requests(S3Operation.GET);
      server.script(S3Script.always(S3Operation.GET, fault));
      MemorySegment target = arena.allocate(10).fill((byte) 7);

      fails(ErrorCode.STORE_UNAVAILABLE, TransientException.class, () -> readInto(target));

      assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
      // That a connection breaks which was idle before tells nothing: it is not held against the
      // request.
      int free = fault instanceof WireFault.ResetBefore ? 1 : 0;
      assertThat(server.requests(S3Operation.GET) - before)
          .as("%s", fault)
          .isBetween(ATTEMPTS, ATTEMPTS + free);
    }
  }

  @Test
  void readFails_whenTheObjectIsReplacedBetweenTwoPartsOfIt() {
    server.script(
        S3Script.first(S3Operation.GET, new WireFault.CutBody(5), new WireFault.OtherTag()));

    fails(ErrorCode.PRECONDITION_FAILED, ConflictException.class, () -> read(0, 100));

    AtomicInteger gets = new AtomicInteger();
    server.script((operation, key) -> {
      if (operation == S3Operation.GET && gets.getAndIncrement() == 0) {
        return new WireFault.CutBody(5);
      }
      server.put("bucket", key, new byte[1_000]);
      return new WireFault.None();
    });
    fails(ErrorCode.PRECONDITION_FAILED, ConflictException.class, () -> read(0, 100));
  }

  @Test
  void nextReadIsRight_whenAnAnswerWasFollowedByMoreBytes() {
    server.script(S3Script.first(S3Operation.GET, new WireFault.ExtraBytes(100)));

    assertThat(read(5, 1_000)).isEqualTo(slice(5, 1_000));
    assertThat(read(6, 1_000)).isEqualTo(slice(6, 1_000));
  }

  @Test
  void readGoesOn_whenTheServerFallsSilentInTheBody() {
    CountDownLatch never = new CountDownLatch(1);
    server.script(
        S3Script.first(S3Operation.GET, new WireFault.Stall(70_000, new CountDownLatch(1), never)));
    MemorySegment target = arena.allocate(content.length);
    try (Store impatient = new S3Store(options().withPatience(BRIEF), S3Parts.real())) {
      RangeRequest request = RangeRequest.of("object", 0, content.length);
      PendingTransfer.await(impatient.read(request, Landing.into(target)), "read");
    } finally {
      never.countDown();
    }

    assertThat(target.mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
  }

  @Test
  void readGoesOnElsewhere_whenNextToNothingOfTheBodyComes() {
    // For hours, if it were waited for.
    server.script(S3Script.first(S3Operation.GET, new WireFault.Slow(Duration.ZERO, 20)));
    MemorySegment target = arena.allocate(content.length);
    try (Store impatient = new S3Store(options().withPatience(BRIEF), S3Parts.real())) {
      RangeRequest request = RangeRequest.of("object", 0, content.length);
      PendingTransfer.await(impatient.read(request, Landing.into(target)), "read");
    }

    assertThat(target.mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
  }

  @Test
  void readIsCancelledAndItsMemoryFree_whenCancelledInTheBody() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    server.script(S3Script.first(S3Operation.GET, new WireFault.Stall(1_000, arrived, go)));
    MemorySegment target = arena.allocate(content.length);
    CompletableFuture<ObjectInfo> read =
        store.read(RangeRequest.of("object", 0, content.length), Landing.into(target));
    arrived.await();

    read.cancel(true);

    assertThatThrownBy(() -> read.get(20, SECONDS))
        .isInstanceOf(java.util.concurrent.CancellationException.class);
    target.fill((byte) 9);
    go.countDown();
    assertThat(read(0, 10)).isEqualTo(slice(0, 10));
    assertThat(target.get(ValueLayout.JAVA_BYTE, 100_000)).isEqualTo((byte) 9);
  }

  @Test
  void closeEndsEveryReadSoon_whenHundredsWaitForTheServer() throws Exception {
    int count = 300;
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    server.script(S3Script.always(S3Operation.GET, new WireFault.Stall(100, arrived, go)));
    MemorySegment target = arena.allocate(1_000L * count);
    List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      reads.add(
          store.read(
              RangeRequest.of("object", i, 1_000),
              Landing.into(target.asSlice(1_000L * i, 1_000))));
    }
    arrived.await();

    store.close();

    for (CompletableFuture<ObjectInfo> read : reads) {
      assertThat(read).isDone();
      fails(ErrorCode.CLOSED, RefusedException.class, () -> PendingTransfer.await(read, "read"));
    }
    go.countDown();
  }

  @Test
  void refusalIsTypedAndNotRepeated_whenARetryCannotHelp() {
    server.script(S3Script.always(S3Operation.GET, new WireFault.Refused(403, "AccessDenied")));
    fails(ErrorCode.NOT_PERMITTED, RefusedException.class, () -> read(0, 10));
    server.script(S3Script.always(S3Operation.GET, new WireFault.Refused(404, "NoSuchBucket")));
    fails(ErrorCode.OBJECT_NOT_FOUND, NotFoundException.class, () -> store.get("object", 10));
    server.script(S3Script.always(S3Operation.GET, new WireFault.Refused(412, "Precondition")));
    fails(ErrorCode.PRECONDITION_FAILED, ConflictException.class, () -> read(0, 10));

    assertThat(server.requests(S3Operation.GET)).isEqualTo(3);
  }

  @Test
  void wholeObjectIsRepeatedAndChecked_whenItsBodyIsCut() {
    server.script(
        S3Script.first(
            S3Operation.GET, new WireFault.CutBody(10), new WireFault.Refused(500, "Internal")));

    assertThat(store.get("object", content.length).orElseThrow().content()).isEqualTo(content);
    assertThat(server.requests(S3Operation.GET)).isEqualTo(3);
  }

  @Test
  void listingStatAndDeleteAreRepeated_whenTheServerIsBusy() {
    WireFault busy = new WireFault.Refused(503, "SlowDown");
    server.script(S3Script.first(S3Operation.LIST, busy));
    assertThat(store.list("", "", 10).objects()).hasSize(1);
    server.script(S3Script.first(S3Operation.HEAD, busy));
    assertThat(store.stat("object")).isPresent();
    server.script(S3Script.first(S3Operation.DELETE, new WireFault.ResetAfter()));
    store.delete("object");

    assertThat(server.keys("bucket")).isEmpty();
    assertThat(server.requests()).isEqualTo(6);
  }

  // --- puts -----------------------------------------------------------------------------------

  @Test
  void outcomeIsUnknownAfterOneRequest_whenACreateOnlyPutHasNoClearAnswer() {
    for (WireFault fault :
        List.of(
            new WireFault.Refused(503, "SlowDown"),
            new WireFault.Refused(500, "InternalError"),
            new WireFault.Refused(409, "ConditionalRequestConflict"),
            new WireFault.ResetBefore(),
            new WireFault.ResetAfter(),
            new WireFault.AppliedLate())) {
      String key = "k " + fault;
      int before = server.requests(S3Operation.PUT);
      server.script(S3Script.first(S3Operation.PUT, fault));

      PutResult result = store.put(key, segment("text"), PutCondition.CREATE_ONLY);

      assertThat(result).as("%s", fault).isInstanceOf(PutResult.Unknown.class);
      assertThat(result.toString()).contains(key);
      assertThat(server.requests(S3Operation.PUT) - before).as("%s", fault).isEqualTo(1);
      assertThat(server.keys("bucket").contains(key))
          .as("%s", fault)
          .isEqualTo(fault instanceof WireFault.ResetAfter);
    }
    server.settle();
    assertThat(server.keys("bucket")).contains("k " + new WireFault.AppliedLate());
  }

  @Test
  void outcomeIsUnknown_whenTheAnswerToACreateOnlyPutTakesTooLong() {
    CountDownLatch go = new CountDownLatch(1);
    server.script(S3Script.first(S3Operation.PUT, new WireFault.Gate(new CountDownLatch(1), go)));
    try (Store impatient = new S3Store(options().withPatience(BRIEF), S3Parts.real())) {
      assertThat(impatient.stat("object")).as("there is a connection").isPresent();
      assertThat(impatient.put("k", segment("text"), PutCondition.CREATE_ONLY))
          .isInstanceOf(PutResult.Unknown.class);
    } finally {
      go.countDown();
    }

    assertThat(server.requests(S3Operation.PUT)).isEqualTo(1);
  }

  @Test
  void outcomeIsUnknownAndTheThreadStaysInterrupted_whenAPutIsInterrupted() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    server.script(S3Script.first(S3Operation.PUT, new WireFault.Gate(arrived, go)));
    CompletableFuture<String> seen = new CompletableFuture<>();
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                PutResult result = store.put("k", segment("x"), PutCondition.CREATE_ONLY);
                seen.complete(
                    result.getClass().getSimpleName()
                        + " "
                        + Thread.currentThread().isInterrupted());
              } catch (PenstockException e) {
                seen.completeExceptionally(e);
              }
            });
    arrived.await();

    writer.interrupt();

    assertThat(seen.get(20, SECONDS)).isEqualTo("Unknown true");
    go.countDown();
  }

  @Test
  void putFails_whenNoConnectionCanBeMade() {
    server.close();
    for (PutCondition condition : PutCondition.values()) {
      fails(
          ErrorCode.STORE_UNAVAILABLE,
          TransientException.class,
          () -> store.put("object", segment("x"), condition));
    }
    fails(ErrorCode.STORE_UNAVAILABLE, TransientException.class, () -> store.stat("object"));
    fails(ErrorCode.STORE_UNAVAILABLE, TransientException.class, () -> read(0, 10));
  }

  @Test
  void putFailsWithTheReason_whenTheHostHasNoAddress() {
    try (Store nowhere =
        new S3Store(options().withEndpoint(URI.create("http://nowhere.invalid")), S3Parts.real())) {
      for (PutCondition condition : PutCondition.values()) {
        assertThatThrownBy(() -> nowhere.put("object", segment("x"), condition))
            .isInstanceOf(TransientException.class)
            .hasMessageContaining("object")
            .hasMessageContaining("resolved");
      }
    }
  }

  @Test
  void unconditionalPutIsRepeated_whenTheServerIsBusyOrTheAnswerLost() {
    server.script(
        S3Script.first(
            S3Operation.PUT, new WireFault.ResetAfter(), new WireFault.Refused(503, "SlowDown")));

    store.put("k", segment("text"), PutCondition.NONE);

    assertThat(server.requests(S3Operation.PUT)).isEqualTo(3);
    assertThat(server.content("bucket", "k")).asString(StandardCharsets.UTF_8).isEqualTo("text");
  }

  @Test
  void putIsRefused_whenTheStoreHasNoConditions() {
    server.script(S3Script.always(S3Operation.PUT, new WireFault.Refused(501, "NotImplemented")));

    fails(
        ErrorCode.STORE_INCAPABLE,
        RefusedException.class,
        () -> store.put("object", segment("x"), PutCondition.CREATE_ONLY));
  }

  @Test
  void probeFindsOut_whenTheStoreIgnoresConditions() {
    server.script(S3Script.always(S3Operation.PUT, new WireFault.ConditionIgnored()));
    assertThat(StoreProbe.probe(store, "p/", () -> "1"))
        .isInstanceOf(StoreProbe.Finding.Incapable.class);

    server.script(S3Script.calm());
    assertThat(StoreProbe.probe(store, "p/", () -> "2"))
        .isEqualTo(new StoreProbe.Finding.Capable());
    assertThat(server.keys("bucket")).containsExactly("object");
  }

  // --- uploads --------------------------------------------------------------------------------

  @Test
  void uploadCompletes_whateverBecomesOfTheFirstAnswer() {
    for (WireFault fault :
        List.of(
            new WireFault.ResetBefore(),
            new WireFault.ResetAfter(),
            new WireFault.ErrorDocument(false),
            new WireFault.ErrorDocument(true),
            new WireFault.Refused(409, "ConditionalRequestConflict"),
            new WireFault.Refused(501, "NotImplemented"),
            new WireFault.Refused(503, "SlowDown"))) {
      server.script(S3Script.first(S3Operation.COMPLETE, fault));
      String key = "k " + fault;
      MemorySegment body = arena.allocate(PART + 1).fill((byte) 3);

      try (Upload upload = store.upload(key)) {
        upload.append(body.asSlice(0, PART)).join();
        upload.append(body.asSlice(PART)).join();
        assertThat(upload.complete().bytes()).as("%s", fault).isEqualTo(PART + 1);
      }

      assertThat(server.content("bucket", key)).as("%s", fault).hasSize(PART + 1).containsOnly(3);
      assertThat(server.unfinishedUploads()).as("%s", fault).isZero();
    }
  }

  @Test
  void uploadFailsAndIsForgotten_whenItsCompletionIsRefused() {
    server.script(
        S3Script.always(S3Operation.COMPLETE, new WireFault.Refused(403, "AccessDenied")));
    try (Upload upload = store.upload("object 2")) {
      upload.append(arena.allocate(PART)).join();

      fails(ErrorCode.NOT_PERMITTED, RefusedException.class, upload::complete);
    }

    assertThat(server.requests(S3Operation.COMPLETE)).isEqualTo(1);
    assertThat(server.unfinishedUploads()).isZero();
    assertThat(server.keys("bucket")).containsExactly("object");
  }

  @Test
  void partsAreRepeated_whenTheServerIsBusy() {
    server.script(
        S3Script.first(
            S3Operation.PART, new WireFault.Refused(503, "SlowDown"), new WireFault.ResetAfter()));

    uploadParts(store, 3);

    assertThat(server.requests(S3Operation.PART)).isEqualTo(5);
    assertThat(server.content("bucket", "up")).hasSize(3 * PART);
  }

  @Test
  void partsTravel_whenOnlyOneTransferIsAllowed() {
    try (Store narrow = new S3Store(options().withMostTransfers(1), S3Parts.real())) {
      uploadParts(narrow, 3);
    }

    assertThat(server.requests(S3Operation.BEGIN_UPLOAD)).isEqualTo(1);
    assertThat(server.content("bucket", "up")).hasSize(3 * PART);
  }

  private void uploadParts(Store to, int count) {
    try (Upload upload = to.upload("up")) {
      List<CompletableFuture<Void>> parts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        parts.add(upload.append(arena.allocate(PART)));
      }
      parts.forEach(CompletableFuture::join);
      upload.complete();
    }
  }

  @Test
  void uploadFailsWithTheReason_whenItCannotBegin() {
    server.script(
        S3Script.always(S3Operation.BEGIN_UPLOAD, new WireFault.Refused(403, "AccessDenied")));
    try (Upload upload = store.upload("object 2")) {
      CompletableFuture<Void> part = upload.append(arena.allocate(PART));

      fails(ErrorCode.NOT_PERMITTED, RefusedException.class, upload::complete);
      assertThat(part).isCompletedExceptionally();
    }
  }

  @Test
  void smallUploadCompletes_whenItsPutWasAppliedAndTheAnswerLost() {
    for (WireFault fault :
        List.of(new WireFault.ResetAfter(), new WireFault.Refused(503, "SlowDown"))) {
      server.script(S3Script.first(S3Operation.PUT, fault));
      try (Upload upload = store.upload("k " + fault)) {
        upload.append(segment("small")).join();
        assertThat(upload.complete().bytes()).isEqualTo(5);
      }
    }
  }

  @Test
  void smallUploadFails_whenSomebodyElsesObjectIsThereAfterALostAnswer() {
    server.script(S3Script.first(S3Operation.PUT, new WireFault.ResetBefore()));
    try (Upload upload = store.upload("object")) {
      upload.append(segment("small")).join();
      fails(ErrorCode.PRECONDITION_FAILED, ConflictException.class, upload::complete);
    }

    assertThat(server.content("bucket", "object")).isEqualTo(content);
  }

  // --- credentials and arguments --------------------------------------------------------------

  @Test
  void refusalNamesTheProviderAndNoSecret_whenTheSecretIsWrong() {
    String secret = "not-the-secret";
    S3Options.Credentials wrong =
        new S3Options.Credentials.Provided(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(S3TestServer.ACCESS_KEY, secret)));
    S3Options options = options().withCredentials(wrong);
    try (S3Store stranger = new S3Store(options, S3Parts.real())) {
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> stranger.stat("object"),
              () -> stranger.get("object", 10),
              () -> stranger.put("object", segment("x"), PutCondition.CREATE_ONLY))) {
        assertThatThrownBy(call)
            .isInstanceOfSatisfying(
                RefusedException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_PERMITTED))
            .hasMessageContaining("object")
            .hasMessageContaining("StaticCredentialsProvider")
            .hasMessageNotContaining(secret)
            .hasStackTraceContaining("403");
      }
      assertThat(stranger + " " + options)
          .doesNotContain(secret)
          .doesNotContain(S3TestServer.ACCESS_KEY);
    }
  }

  @Test
  void requestsAreNotSigned_whenAnonymous() {
    S3Options nobody = options().withCredentials(new S3Options.Credentials.Anonymous());
    try (Store anonymous = new S3Store(nobody, S3Parts.real())) {
      fails(ErrorCode.NOT_PERMITTED, RefusedException.class, () -> anonymous.stat("object"));
      server.allowAnonymous(true);
      assertThat(anonymous.get("object", content.length).orElseThrow().content())
          .isEqualTo(content);
    }
  }

  @Test
  void nothingIsAskedOfTheServer_whenAnArgumentIsWrong() {
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> store.stat("../object"),
            () -> store.get("/object", 1),
            () -> store.put("a//b", segment("x"), PutCondition.NONE),
            () -> store.upload("a/./b"),
            () -> store.list("", "", 0),
            () -> store.delete(""))) {
      assertThatThrownBy(call).isInstanceOf(RefusedException.class);
    }

    assertThat(server.requests()).isZero();
  }

  @Test
  void eachCallIsOneRequest_whenAllIsWell() {
    store.stat("object");
    store.get("object", content.length);
    read(0, 10);
    store.put("k", segment("x"), PutCondition.CREATE_ONLY);
    store.put("k", segment("x"), PutCondition.NONE);
    store.list("", "", 10);
    store.listDirectories("");
    store.delete("k");

    assertThat(server.requests()).isEqualTo(8);
  }

  // --- tools ----------------------------------------------------------------------------------

  private static void fails(
      ErrorCode code, Class<? extends PenstockException> type, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(type)
        .isInstanceOfSatisfying(PenstockException.class, e -> assertThat(e.code()).isEqualTo(code))
        .extracting(Throwable::getMessage)
        .satisfies(message ->
            assertThat(code == ErrorCode.CLOSED || message.contains("object"))
                .as(message)
                .isTrue());
  }

  private byte[] read(long offset, int length) {
    MemorySegment target = arena.allocate(length);
    PendingTransfer.await(
        store.read(RangeRequest.of("object", offset, length), Landing.into(target)), "read");
    return target.toArray(ValueLayout.JAVA_BYTE);
  }

  private void readInto(MemorySegment target) {
    PendingTransfer.await(
        store.read(RangeRequest.of("object", 0, target.byteSize()), Landing.into(target)), "read");
  }

  private byte[] slice(int offset, int length) {
    return java.util.Arrays.copyOfRange(content, offset, offset + length);
  }

  private MemorySegment segment(String text) {
    return arena.allocateFrom(text, StandardCharsets.UTF_8).asSlice(0, text.length());
  }
}
