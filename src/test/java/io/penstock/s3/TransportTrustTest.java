package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ErrorCode;
import io.penstock.store.ByteRange;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.TestTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// No request goes to a server that cannot prove who it is; one that only goes away, or takes too
/// long to prove it, may be asked again.
class TransportTrustTest {
  @ParameterizedTest
  @EnumSource(
      names = {"NIO_TLS", "NETTY_OPENSSL", "NETTY_JDK_TLS", "NETTY_IO_URING_TLS", "SDK_TLS"})
  void readFailsForGood_whenTheServerIsNotTrusted(Carrier carrier) throws Exception {
    carrier.assumeHere();
    TestTls tls = TestTls.create();
    try (S3TestServer server = S3TestServer.start(tls)) {
      URI otherName = URI.create(server.endpoint().toString().replace("127.0.0.1", "localhost"));
      try (GetTransport wary =
              carrier.open(TransportParts.of(server.endpoint(), "bucket"), Optional.empty());
          GetTransport misled =
              carrier.open(TransportParts.of(otherName, "bucket"), Optional.of(tls.trust()))) {
        for (GetTransport each : List.of(wary, misled)) {
          RecordingSink sink = new RecordingSink(List.of());
          each.start(
              new GetRequest("object", new ByteRange(0, 10), Optional.empty(), Optional.empty()),
              sink);
          sink.await();
          assertThat(sink.end())
              .isInstanceOfSatisfying(
                  GetEnd.Failed.class,
                  failed -> assertThat(failed.failure().code()).isEqualTo(ErrorCode.NOT_PERMITTED));
        }
      }
      assertThat(server.requests()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"NIO_TLS", "NETTY_OPENSSL", "NETTY_JDK_TLS", "NETTY_IO_URING_TLS", "SDK_TLS"})
  @Timeout(60)
  void readMaySucceedElsewhere_whenTheServerGoesAwayBeforeItHasProvedWhoItIs(Carrier carrier)
      throws Exception {
    carrier.assumeHere();
    try (ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> closeAll(server));
      assertThat(end(carrier, server, Duration.ofSeconds(20))).isInstanceOf(GetEnd.Broken.class);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NETTY_OPENSSL", "NETTY_JDK_TLS", "NETTY_IO_URING_TLS"})
  @Timeout(60) // over NIO only the line gives up whoever is silent
  void readMaySucceedElsewhere_whenTheServerTakesTooLongToProveWhoItIs(Carrier carrier)
      throws Exception {
    carrier.assumeHere();
    try (ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
      assertThat(end(carrier, server, Duration.ofMillis(100))).isInstanceOf(GetEnd.Broken.class);
    }
  }

  /// Takes the greeting of each connection, and closes it.
  private static void closeAll(ServerSocket server) {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          socket.getInputStream().read(new byte[16 << 10]);
        }
      }
    } catch (IOException _) {
      // the test is over
    }
  }

  private static GetEnd end(Carrier carrier, ServerSocket server, Duration patience)
      throws Exception {
    URI endpoint = URI.create("https://127.0.0.1:" + server.getLocalPort());
    GetTransport.Parts parts = TransportParts.of(endpoint, "bucket", patience);
    RecordingSink sink = new RecordingSink(List.of());
    try (GetTransport transport = carrier.open(parts, Optional.empty())) {
      transport.start(
          new GetRequest("object", new ByteRange(0, 10), Optional.empty(), Optional.empty()), sink);
      sink.await();
    }
    return sink.end();
  }
}
