package io.penstock.s3;

import io.penstock.store.Store;
import io.penstock.store.StoreContractTest;
import io.penstock.testing.MinioServer;
import io.penstock.testing.s3.S3Parts;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// The store over S3 keeps the contract on a real server: each test in a bucket of its own.
@ParameterizedClass(name = "{0}")
@MethodSource("io.penstock.s3.Transports#all")
class S3StoreMinioIT extends StoreContractTest {
  @Parameter S3Options.Transport transport;

  private static final AtomicInteger TESTS = new AtomicInteger();
  private static MinioServer server;
  private static StaticCredentialsProvider credentials;
  private static S3Client client;

  @BeforeAll
  static void startServer() {
    server = MinioServer.start();
    credentials =
        StaticCredentialsProvider.create(
            AwsBasicCredentials.create(server.accessKey(), server.secretKey()));
    client =
        S3Client.builder()
            .endpointOverride(server.endpoint())
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(credentials)
            .build();
  }

  @AfterAll
  static void stopServer() {
    if (client != null) { // else there was no server, and the tests were skipped
      client.close();
      server.close();
    }
  }

  @Override
  protected Store openEmpty() {
    String bucket = "test-" + TESTS.incrementAndGet();
    client.createBucket(request -> request.bucket(bucket));
    return new S3Store(
        S3Options.of(bucket, "")
            .withEndpoint(server.endpoint())
            .withCredentials(new S3Options.Credentials.Provided(credentials))
            .withTransport(transport),
        S3Parts.real());
  }
}
