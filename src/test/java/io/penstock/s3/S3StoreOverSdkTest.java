package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.Landing;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// Ranged reads over a client that the caller brings have the same care as others.
class S3StoreOverSdkTest {
  @Test
  void readIsRepeatedFromWhereItEnded_overTheCallersClient() {
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    try (S3TestServer server = S3TestServer.start();
        S3Client client = client(server);
        Arena arena = Arena.ofShared()) {
      server.createBucket("bucket");
      server.put("bucket", "a/object", content);
      server.script(
          S3Script.first(
              S3Operation.GET,
              new WireFault.Refused(503, "SlowDown"),
              new WireFault.RangeIgnored(),
              new WireFault.ResetBefore()));
      S3Options options =
          S3Options.of("bucket", "a")
              .withEndpoint(server.endpoint())
              .withCredentials(S3StoreTest.credentials())
              .withTransport(new S3Options.Transport.Sdk(new StreamingAsyncClient(client)));
      MemorySegment target = arena.allocate(200_000);
      try (S3Store store = new S3Store(options, S3Parts.real())) {
        PendingTransfer.await(
            store.read(RangeRequest.of("object", 50_000, 200_000), Landing.into(target)), "read");

        assertThat(store.counts().repeated()).isEqualTo(3);
        assertThat(store.counts().throttled()).isEqualTo(1);
      }
      assertThat(target.mismatch(MemorySegment.ofArray(content).asSlice(50_000, 200_000)))
          .isEqualTo(-1);
      assertThat(server.requests(S3Operation.GET)).isEqualTo(4);
      assertThat(options.toString()).contains("Sdk[StreamingAsyncClient]");
    }
  }

  private static S3Client client(S3TestServer server) {
    return S3Client.builder()
        .endpointOverride(server.endpoint())
        .forcePathStyle(true)
        .region(Region.US_EAST_1)
        .credentialsProvider(S3StoreTest.credentials().provider())
        .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
        .build();
  }
}
