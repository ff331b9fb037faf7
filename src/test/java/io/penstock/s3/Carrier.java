package io.penstock.s3;

import io.penstock.testing.s3.TestTls;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/// The transports in all the ways in which they can be run.
enum Carrier {
  NIO(false),
  NIO_TLS(true),
  NETTY_EPOLL(false),
  NETTY_SELECTORS(false),
  NETTY_OPENSSL(true),
  NETTY_JDK_TLS(true),
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

  /// Opens the transport.
  ///
  /// @param trust whom to trust; empty: whom the JDK trusts
  GetTransport open(GetTransport.Parts parts, Optional<TrustManager> trust) {
    try {
      return switch (this) {
        case NIO -> new NioTransport(parts, Optional.empty());
        case NIO_TLS -> new NioTransport(parts, Optional.of(TestTls.client(trust)));
        case NETTY_EPOLL -> new NettyTransport(parts, Optional.empty(), true);
        case NETTY_SELECTORS -> new NettyTransport(parts, Optional.empty(), false);
        case NETTY_OPENSSL ->
            new NettyTransport(parts, Optional.of(NettyTransport.tls(trust, true)), true);
        case NETTY_JDK_TLS ->
            new NettyTransport(parts, Optional.of(NettyTransport.tls(trust, false)), false);
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
