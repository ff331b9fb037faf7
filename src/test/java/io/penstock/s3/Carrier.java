package io.penstock.s3;

import io.penstock.testing.s3.TestTls;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Assumptions;

/// The transports in all the ways in which they can be run.
enum Carrier {
  NIO(false),
  NIO_TLS(true),
  NETTY_EPOLL(false),
  NETTY_SELECTORS(false),
  NETTY_IO_URING(false),
  NETTY_OPENSSL(true),
  NETTY_JDK_TLS(true),
  NETTY_IO_URING_TLS(true),
  SDK(false),
  SDK_TLS(true),
  SDK_ASYNC(false);

  private final boolean tls;

  Carrier(boolean tls) {
    this.tls = tls;
  }

  /// Whether it knows on what connections requests go.
  boolean ownsConnections() {
    return this != SDK && this != SDK_TLS && this != SDK_ASYNC;
  }

  boolean isTls() {
    return tls;
  }

  /// Goes on if this machine can do it; else the test is skipped.
  void assumeHere() {
    if (this == NETTY_IO_URING || this == NETTY_IO_URING_TLS) {
      Assumptions.assumeTrue(Transports.hasIoUring(), "no io_uring");
    }
  }

  private static GetTransport netty(
      GetTransport.Parts parts, Optional<TrustManager> trust, boolean openSsl, NettyLoops kind)
      throws SSLException {
    return new NettyTransport(parts, Optional.of(NettyTransport.tls(trust, openSsl)), kind);
  }

  /// Opens the transport.
  ///
  /// @param trust whom to trust; empty: whom the JDK trusts
  GetTransport open(GetTransport.Parts parts, Optional<TrustManager> trust) {
    try {
      return switch (this) {
        case NIO -> new NioTransport(parts, Optional.empty());
        case NIO_TLS -> new NioTransport(parts, Optional.of(TestTls.client(trust)));
        case NETTY_EPOLL -> new NettyTransport(parts, Optional.empty(), NettyLoops.EPOLL);
        case NETTY_SELECTORS -> new NettyTransport(parts, Optional.empty(), NettyLoops.SELECTORS);
        case NETTY_IO_URING -> new NettyTransport(parts, Optional.empty(), NettyLoops.IO_URING);
        case NETTY_OPENSSL -> netty(parts, trust, true, NettyLoops.EPOLL);
        case NETTY_JDK_TLS -> netty(parts, trust, false, NettyLoops.SELECTORS);
        case NETTY_IO_URING_TLS -> netty(parts, trust, true, NettyLoops.IO_URING);
        case SDK, SDK_TLS -> SdkTransportParts.open(parts, trust, SdkTransport.Source::of);
        case SDK_ASYNC ->
            SdkTransportParts.open(
                parts, trust, client -> SdkTransport.Source.of(new StreamingAsyncClient(client)));
      };
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }
}
