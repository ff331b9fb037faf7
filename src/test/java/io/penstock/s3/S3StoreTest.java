package io.penstock.s3;

import io.penstock.store.Store;
import io.penstock.store.StoreContractTest;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3TestServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// The store over S3 keeps the contract: each test below a prefix of its own.
@ParameterizedClass(name = "{0}")
@MethodSource("io.penstock.s3.Transports#all")
class S3StoreTest extends StoreContractTest {
  @Parameter S3Options.Transport transport;

  private static final AtomicInteger TESTS = new AtomicInteger(100);
  private static S3TestServer server;

  @BeforeAll
  static void startServer() {
    server = S3TestServer.start();
    server.createBucket("contract");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  /// Those that the server checks.
  static S3Options.Credentials.Provided credentials() {
    return new S3Options.Credentials.Provided(
        StaticCredentialsProvider.create(
            AwsBasicCredentials.create(S3TestServer.ACCESS_KEY, S3TestServer.SECRET_KEY)));
  }

  @Override
  protected Store openEmpty() {
    return new S3Store(
        S3Options.of("contract", "a +%/t" + TESTS.incrementAndGet())
            .withEndpoint(server.endpoint())
            .withCredentials(credentials())
            .withTransport(transport),
        S3Parts.real());
  }

  @Override
  protected int longestKeyBytes() {
    return 1_024 - "a +%/t100/".length();
  }
}
