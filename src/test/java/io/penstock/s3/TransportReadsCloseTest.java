package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.buffer.Reservation;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.TestTls;
import io.penstock.testing.s3.WireFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Closing with hundreds of reads in flight ends soon and gives every lease back, over every
/// transport and whoever closes.
@ParameterizedClass
@EnumSource(
    mode = EnumSource.Mode.EXCLUDE,
    names = {"SDK_TLS", "SDK_ASYNC"})
class TransportReadsCloseTest {
  private static final int READS = 500;
  private static final int BYTES = 1_000;
  private static final Duration SOON = Duration.ofSeconds(2);
  private static final S3Options.Patience PATIENT =
      new S3Options.Patience(
          4,
          Duration.ofMillis(1),
          Duration.ofMillis(2),
          Duration.ofMinutes(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(5),
          Duration.ZERO);

  private static TestTls tls;

  @Parameter Carrier carrier;

  private final CountDownLatch go = new CountDownLatch(1);
  private final List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
  private S3TestServer server;
  private BufferPool pool;
  private TransportReads line;

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
    server = carrier.isTls() ? S3TestServer.start(tls) : S3TestServer.start();
    server.createBucket("bucket");
    server.put("bucket", "first", new byte[BYTES]);
    server.put("bucket", "object", new byte[READS + BYTES]);
    pool = BufferPool.create(2L * READS * (64 << 10));
    S3Options options =
        S3Options.of("bucket", "")
            .withEndpoint(server.endpoint())
            .withCredentials(S3StoreTest.credentials())
            .withPatience(PATIENT);
    line =
        new TransportReads(
            new S3Bucket(options, S3Parts.real()),
            carrier.open(TransportParts.of(server.endpoint(), "bucket"), Optional.of(tls.trust())));
  }

  @AfterEach
  void close() {
    line.close();
    go.countDown();
    pool.close();
    server.close();
  }

  /// Reads with a lease each, which goes back when the read has ended.
  private void startReads(String key, int count) {
    for (int i = 0; i < count; i++) {
      Reservation reservation = pool.tryReserve(BYTES, 1).orElseThrow();
      List<Lease> leases = new ArrayList<>();
      CompletableFuture<ObjectInfo> read =
          line.read(
              RangeRequest.of(key, i, BYTES),
              () -> {
                leases.add(reservation.lease(BYTES));
                return List.of(new Landing.Slice(0, leases.getFirst().segment()));
              });
      reads.add(
          read.whenComplete((_, _) -> {
            leases.forEach(Lease::close);
            reservation.close();
          }));
    }
  }

  /// Every read stalls, after so many bytes that lent memory is in use.
  private WireFault.Stall stall() {
    return new WireFault.Stall(BYTES / 2, new CountDownLatch(4), go);
  }

  private void assertAllOver() throws Exception {
    assertThat(reads).allMatch(CompletableFuture::isDone);
    assertThat(pool.usedBytes()).isZero();
    go.countDown();
    if (carrier.ownsConnections()) {
      server.awaitNoConnections();
    }
  }

  @Test
  @Timeout(60)
  void everyLeaseIsBack_whenHundredsAreInFlight() throws Exception {
    WireFault.Stall stall = stall();
    server.script(S3Script.always(S3Operation.GET, stall));
    startReads("object", READS);
    stall.arrived().await();

    long started = System.nanoTime();
    line.close();
    Duration took = Duration.ofNanos(System.nanoTime() - started);

    System.err.printf(
        "closed over %s with %d reads in flight in %d ms%n", carrier, READS, took.toMillis());
    assertAllOver();
    // How soon a client of the SDK gives a request up is not ours: it is whoever's brought it.
    if (carrier.ownsConnections()) {
      assertThat(took).isLessThan(SOON);
    }
  }

  @Test
  @Timeout(60)
  void closeReturns_whenAReadsOwnContinuationCloses() throws Exception {
    WireFault.Gate gate = new WireFault.Gate(new CountDownLatch(1), new CountDownLatch(1));
    WireFault.Stall stall = stall();
    server.script((_, key) -> key.equals("first") ? gate : stall);
    startReads("first", 1);
    CompletableFuture<Void> closed = reads.getFirst().thenRun(line::close);
    startReads("object", READS);
    gate.arrived().await();
    stall.arrived().await();

    gate.go().countDown();
    closed.get();

    assertAllOver();
  }
}
