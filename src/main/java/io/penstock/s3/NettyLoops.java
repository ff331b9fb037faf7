package io.penstock.s3;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Optional;
import java.util.function.LongSupplier;

/// What the event loops of a [NettyTransport] ask of the system. The classes of io_uring are
/// touched only by what is about it: they may be absent.
enum NettyLoops {
  /// Which sockets have something, to receive it then: Linux.
  EPOLL("epoll"),
  /// The same by what the JDK has.
  SELECTORS("the JDK's selectors"),
  /// To receive, and to say when that is done. So there are receives under way while nobody looks,
  /// into memory that must not be given back before they have ended: Linux, if allowed.
  IO_URING("io_uring");

  private final String words;

  NettyLoops(String words) {
    this.words = words;
  }

  /// The best that needs nobody's choice.
  static NettyLoops best() {
    return Epoll.isAvailable() ? EPOLL : SELECTORS;
  }

  /// Why this machine cannot do io_uring, whose classes must be there, in words; empty if it can.
  static Optional<String> obstacleToIoUring() {
    return Optional.ofNullable(IoUring.unavailabilityCause()).map(NettyLoops::inWords);
  }

  private static String inWords(Throwable cause) {
    return cause instanceof UnsatisfiedLinkError
        ? "netty-transport-native-io_uring is missing or not for this machine: "
            + cause.getMessage()
        : "the system forbids or lacks it: " + cause.getMessage();
  }

  IoHandlerFactory handlers() {
    return switch (this) {
      case EPOLL -> EpollIoHandler.newFactory();
      case SELECTORS -> NioIoHandler.newFactory();
      case IO_URING -> IoUringIoHandler.newFactory();
    };
  }

  Class<? extends SocketChannel> channel() {
    return switch (this) {
      case EPOLL -> EpollSocketChannel.class;
      case SELECTORS -> NioSocketChannel.class;
      case IO_URING -> IoUringSocketChannel.class;
    };
  }

  /// Whether receives go on while the loop does something else, and end only when it is free.
  boolean receiveApart() {
    return this == IO_URING;
  }

  /// A new connection's low-water mark, if the loops wait for what there is to receive and the
  /// system can be told when to wake them.
  Optional<LowWaterMark> lowWater(LongSupplier nanoTime) {
    return this == EPOLL ? Optional.of(new LowWaterMark(nanoTime)) : Optional.empty();
  }

  @Override
  public String toString() {
    return words;
  }
}
