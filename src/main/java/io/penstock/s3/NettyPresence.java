package io.penstock.s3;

import java.util.Optional;

/// Whether the Netty that this process has can carry ranged reads.
final class NettyPresence {
  // Netty 4.1 has the same packages and not this class.
  private static final String CORE = "io.netty.channel.Channel";
  private static final String SINCE_4_2 = "io.netty.channel.MultiThreadIoEventLoopGroup";
  private static final String TLS = "io.netty.handler.ssl.SslContext";
  private static final String EPOLL = "io.netty.channel.epoll.EpollIoHandler";

  private NettyPresence() {}

  /// Why it cannot, in words; empty if it can.
  ///
  /// @param loader finds the classes that would be used
  static Optional<String> obstacle(ClassLoader loader) {
    if (!has(loader, CORE)) {
      return Optional.of("Netty is not on the class path");
    }
    if (!has(loader, SINCE_4_2)) {
      return Optional.of("the Netty on the class path is older than 4.2");
    }
    if (!has(loader, TLS) || !has(loader, EPOLL)) {
      return Optional.of("netty-handler or netty-transport-classes-epoll 4.2 is missing");
    }
    return Optional.empty();
  }

  private static boolean has(ClassLoader loader, String name) {
    try {
      Class<?> _ = Class.forName(name, false, loader);
      return true;
    } catch (ClassNotFoundException | LinkageError _) {
      return false;
    }
  }
}
