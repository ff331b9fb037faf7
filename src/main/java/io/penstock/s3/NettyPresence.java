package io.penstock.s3;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/// Whether the Netty that this process has can carry ranged reads.
final class NettyPresence {
  // Netty 4.1 has the same packages and not this class.
  private static final String CORE = "io.netty.channel.Channel";
  private static final String SINCE_4_2 = "io.netty.channel.MultiThreadIoEventLoopGroup";
  private static final String TLS = "io.netty.handler.ssl.SslContext";
  private static final String IO_URING = "io.netty.channel.uring.IoUringIoHandler";
  private static final String EPOLL = "io.netty.channel.epoll.EpollIoHandler";

  // Every artifact of Netty's says here which version it is.
  private static final String VERSIONS = "META-INF/io.netty.versions.properties";
  private static final String VERSION = ".version";
  private static final String NEEDED = "4.2.";
  private static final List<String> PARTS =
      List.of(
          "netty-common",
          "netty-buffer",
          "netty-resolver",
          "netty-transport",
          "netty-handler",
          "netty-transport-classes-epoll",
          "netty-transport-native-unix-common");
  private static final List<String> IO_URING_PARTS = List.of("netty-transport-classes-io_uring");

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
    return unfitting(loader, PARTS);
  }

  /// Why it cannot over io_uring, in words; empty if it can.
  ///
  /// @param loader finds the classes that would be used
  static Optional<String> obstacleToIoUring(ClassLoader loader) {
    Optional<String> any = obstacle(loader);
    if (any.isPresent()) {
      return any;
    }
    if (!has(loader, IO_URING)) {
      return Optional.of("netty-transport-classes-io_uring 4.2 is missing");
    }
    return unfitting(loader, IO_URING_PARTS).or(NettyLoops::obstacleToIoUring);
  }

  /// A part that is of another version than the others, as when a program pins some of them.
  private static Optional<String> unfitting(ClassLoader loader, List<String> parts) {
    Map<String, String> versions = versions(loader);
    for (String part : parts) {
      String version = versions.getOrDefault(part, NEEDED); // repackaged, perhaps
      if (!version.startsWith(NEEDED)) {
        return Optional.of(part + " on the class path is " + version + ", the others are 4.2");
      }
    }
    return Optional.empty();
  }

  /// Of each artifact the first one, of which the classes are.
  private static Map<String, String> versions(ClassLoader loader) {
    Map<String, String> found = new HashMap<>();
    try {
      for (URL each : Collections.list(loader.getResources(VERSIONS))) {
        Properties properties = new Properties();
        try (InputStream in = each.openStream()) {
          properties.load(in);
        }
        for (String name : properties.stringPropertyNames()) {
          if (name.endsWith(VERSION)) {
            String part = name.substring(0, name.length() - VERSION.length());
            found.putIfAbsent(part, properties.getProperty(name));
          }
        }
      }
    } catch (IOException _) {
      return Map.of(); // then the classes alone have to tell
    }
    return found;
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
