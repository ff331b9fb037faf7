package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.store.Upload;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who is told the end of a part may close from there: the upload, and its whole store.
@Timeout(60)
class S3UploadCloseTest {
  private final WireFault.Gate first = gate();
  private final WireFault.Gate second = gate();
  private final Arena arena = Arena.ofShared();
  private S3TestServer server;
  private S3Store store;
  private Upload upload;
  private CompletableFuture<Void> told;
  private CompletableFuture<Void> other;

  private static WireFault.Gate gate() {
    return new WireFault.Gate(new CountDownLatch(1), new CountDownLatch(1));
  }

  @BeforeEach
  void sendTwoParts() throws InterruptedException {
    server = S3TestServer.start();
    server.createBucket("bucket");
    server.script(S3Script.first(S3Operation.PART, first, second));
    store =
        new S3Store(
            S3Options.of("bucket", "")
                .withEndpoint(server.endpoint())
                .withCredentials(S3StoreTest.credentials()),
            S3Parts.real());
    upload = store.upload("object");
    told = upload.append(part());
    first.arrived().await();
    other = upload.append(part());
    second.arrived().await();
  }

  @AfterEach
  void close() {
    first.go().countDown();
    second.go().countDown();
    store.close();
    server.close();
    arena.close();
  }

  private MemorySegment part() {
    return arena.allocate(Upload.MIN_PART_BYTES);
  }

  @Test
  void closeReturnsWhenTheOtherPartsHaveEnded_whenAPartsOwnContinuationClosesTheUpload()
      throws Exception {
    CompletableFuture<Boolean> otherHadEnded =
        told.thenApply(_ -> {
          upload.close();
          return other.isDone();
        });

    first.go().countDown();
    second.go().countDown();

    assertThat(otherHadEnded.get()).isTrue();
    assertThat(server.unfinishedUploads()).isZero();
    assertThat(server.keys("bucket")).isEmpty();
  }

  @Test
  void closeReturnsAndEndsTheOtherParts_whenAPartsOwnContinuationClosesTheStore() throws Exception {
    CompletableFuture<Boolean> interrupted =
        told.thenApply(_ -> {
          store.close();
          return Thread.currentThread().isInterrupted();
        });

    first.go().countDown();

    assertThat(interrupted.get()).isFalse();
    assertThat(other).isDone();
    assertThatThrownBy(other::join)
        .cause()
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("closed");
    upload.close();
  }
}
