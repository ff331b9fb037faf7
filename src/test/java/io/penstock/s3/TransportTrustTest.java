package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ErrorCode;
import io.penstock.store.ByteRange;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.TestTls;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// No request goes to a server that cannot prove who it is.
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
}
