package io.penstock.testing.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// The server understands what clients send that our store does not: chunked signatures with
/// trailing checksums, `If-Match`, suffix ranges, buckets in the host.
class S3TestServerTest {
  private final byte[] content = new byte[200_000];
  private S3TestServer server;
  private S3Client client;

  @BeforeEach
  void start() {
    new Random(1).nextBytes(content);
    server = S3TestServer.start();
    client = client(S3TestServer.SECRET_KEY);
    client.createBucket(request -> request.bucket("bucket"));
  }

  /// With all defaults: chunks are signed, and checksums trail.
  private S3Client client(String secret) {
    return S3Client.builder()
        .endpointOverride(URI.create(server.endpoint().toString()))
        .region(Region.EU_WEST_1)
        .forcePathStyle(true)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(S3TestServer.ACCESS_KEY, secret)))
        .build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void bodyIsTheClients_whenItComesInSignedChunks() {
    client.putObject(
        request -> request.bucket("bucket").key("a b+c/é"), RequestBody.fromBytes(content));

    assertThat(server.content("bucket", "a b+c/é")).isEqualTo(content);
  }

  @Test
  void requestIsRefused_whenItsSignatureIsWrong() {
    try (S3Client stranger = client("not-the-secret")) {
      assertThatThrownBy(() -> stranger.headObject(request -> request.bucket("bucket").key("k")))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
    }
  }

  @Test
  void objectIsReplacedOnlyOverTheTagThatWasNamed() {
    String tag =
        client
            .putObject(request -> request.bucket("bucket").key("k"), RequestBody.fromString("1"))
            .eTag();

    client.putObject(
        request -> request.bucket("bucket").key("k").ifMatch(tag), RequestBody.fromString("2"));

    assertThatThrownBy(() ->
            client.putObject(
                request -> request.bucket("bucket").key("k").ifMatch(tag),
                RequestBody.fromString("3")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
    assertThatThrownBy(() ->
            client.putObject(
                request -> request.bucket("bucket").key("absent").ifMatch(tag),
                RequestBody.fromString("3")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(404));
    assertThat(server.content("bucket", "k")).asString(StandardCharsets.UTF_8).isEqualTo("2");
  }

  @Test
  void suffixIsTheEndOfTheObject_whenARangeHasNoBeginning() {
    server.put("bucket", "k", "0123456789".getBytes(StandardCharsets.US_ASCII));

    assertThat(
            client
                .getObjectAsBytes(request -> request.bucket("bucket").key("k").range("bytes=-3"))
                .asUtf8String())
        .isEqualTo("789");
  }

  @Test
  void bucketIsTheFirstLabelOfTheHost_whenTheHostIsNoAddress() throws IOException {
    server.put("bucket", "k", "text".getBytes(StandardCharsets.US_ASCII));
    server.allowAnonymous(true);
    try (Socket socket =
        new Socket(InetAddress.ofLiteral("127.0.0.1"), server.endpoint().getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /k HTTP/1.1\r\nHost: bucket.s3.example\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

      assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\ntext");
    }
  }
}
