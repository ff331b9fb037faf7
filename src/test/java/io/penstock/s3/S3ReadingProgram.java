package io.penstock.s3;

import io.penstock.error.RefusedException;
import io.penstock.store.Landing;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.S3Parts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.util.Arrays;

/// A program that reads `object` of `bucket` at an endpoint, over whatever serves best, over Netty
/// and over io_uring, and says what came of it.
final class S3ReadingProgram {
  private static final int BYTES = 100_000;

  private S3ReadingProgram() {}

  public static void main(String[] arguments) {
    S3Options options =
        S3Options.of("bucket", "")
            .withEndpoint(URI.create(arguments[0]))
            .withCredentials(S3StoreTest.credentials());
    System.out.println("obstacle: " + S3Options.Transport.obstacleToNetty().orElse("none"));
    System.out.println("here: " + S3Options.Transport.here());
    System.out.println("read: " + read(options));
    System.out.println(
        "over netty: " + read(options.withTransport(new S3Options.Transport.Netty())));
    System.out.println(
        "over io_uring: " + read(options.withTransport(new S3Options.Transport.IoUring())));
  }

  private static String read(S3Options options) {
    try (Arena arena = Arena.ofShared();
        S3Store store = new S3Store(options, S3Parts.real())) {
      MemorySegment target = arena.allocate(BYTES);
      PendingTransfer.await(
          store.read(RangeRequest.of("object", 0, BYTES), Landing.into(target)), "read");
      return String.valueOf(Arrays.hashCode(target.toArray(ValueLayout.JAVA_BYTE)));
    } catch (RefusedException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
