package io.penstock.testing.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
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
        .endpointOverride(server.endpoint())
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

  /// An anonymous GET over a connection of its own: the answer up to the end of the connection.
  private String answer(InetSocketAddress address, String headers) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket.getOutputStream().write(get(headers));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static byte[] get(String headers) {
    return ("GET /bucket/k HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void connectionIsClosed_whenItIsIdleForTooLong() throws IOException {
    server.put("bucket", "k", "text".getBytes(StandardCharsets.US_ASCII));
    server.allowAnonymous(true);
    server.closeIdle(Duration.ofMillis(1));

    // The answer is complete, and the reading ends because the server closes.
    assertThat(answer(server.addresses().getFirst(), "")).endsWith("text");
    assertThat(server.connections()).isEqualTo(2); // the client's, and this one
  }

  @Test
  void oneAddressAnswersWhileAnotherIsSilent_withTheSameObjects() throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("os.name").startsWith("Linux"),
        "SKIPPED: only Linux listens on every address of 127.0.0.0/8");
    try (S3TestServer two = S3TestServer.start(2, InstantSource.system())) {
      two.createBucket("bucket");
      two.put("bucket", "k", "text".getBytes(StandardCharsets.US_ASCII));
      two.allowAnonymous(true);
      two.closeIdle(Duration.ofMillis(1));
      InetSocketAddress silent = two.addresses().getFirst();
      InetSocketAddress other = two.addresses().getLast();
      two.pace(silent, new Pace(Pace.FirstBytes.after(Duration.ofDays(1)), 0));
      try (Socket waiting = new Socket(silent.getAddress(), silent.getPort())) {
        waiting.getOutputStream().write(get(""));

        assertThat(answer(other, "Range: bytes=1-2\r\n")).endsWith("\r\n\r\nex");
        assertThat(waiting.getInputStream().available()).isZero();
      }
    }
  }

  @Test
  void bodyIsWhole_whenItComesAtARate() throws IOException {
    byte[] text = "0123456789".repeat(100).getBytes(StandardCharsets.US_ASCII);
    server.put("bucket", "k", text);
    server.allowAnonymous(true);
    server.closeIdle(Duration.ofMillis(1));
    server.pace(new Pace(Pace.FirstBytes.after(Duration.ofMillis(1)), 1_000_000), 1);
    server.script(
        S3Script.first(
            S3Operation.GET,
            new WireFault.Slow(Duration.ofMillis(1), 100_000),
            new WireFault.Straggler(3)));
    server.limit(500_000);

    for (int i = 0; i < 3; i++) {
      assertThat(answer(server.addresses().getFirst(), ""))
          .endsWith("\r\n\r\n" + new String(text, StandardCharsets.US_ASCII));
    }
  }

  @Test
  void bodyIsAnotherObjects_onlyForRequestsOfABurst() throws IOException {
    server.put("bucket", "k", "text".getBytes(StandardCharsets.US_ASCII));
    server.allowAnonymous(true);
    server.closeIdle(Duration.ofMillis(1));
    server.script(S3Script.burst(S3Operation.GET, new WireFault.OtherBytes(), 1, 2));

    for (int i = 0; i < 4; i++) {
      String answer = answer(server.addresses().getFirst(), "");
      assertThat(answer).contains("Content-Length: 4\r\n");
      assertThat(answer.endsWith("text")).as("request %s", i).isEqualTo(i == 0 || i == 3);
    }
  }

  @Test
  void answerIsDatedByTheServersClock() throws IOException {
    Instant then = Instant.parse("2020-01-02T03:04:05Z");
    try (S3TestServer past = S3TestServer.start(1, () -> then)) {
      past.closeIdle(Duration.ofMillis(1));

      assertThat(answer(past.addresses().getFirst(), ""))
          .startsWith("HTTP/1.1 403 ")
          .contains("\r\nDate: Thu, 02 Jan 2020 03:04:05 GMT\r\n");
    }
  }
}
