package io.penstock.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.penstock.error.PenstockException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A connection of Netty's and the one handler on it. Confined to the connection's event loop, but
/// for what says otherwise.
final class NettyConnection extends ChannelInboundHandlerAdapter
    implements IdleConnections.Connection {
  private final InetSocketAddress address;
  private final boolean encrypted;
  private final IdleConnections<NettyConnection> idle;
  private final MemorySegment scratch = Arena.ofAuto().allocate(GetAnswer.SCRATCH_BYTES, 64);
  private volatile @Nullable Channel channel;
  private volatile boolean unwanted;
  private @Nullable GetAnswer answer;
  private @Nullable TrackedExchange exchange;
  private boolean reused;

  /// @param encrypted whether another handler decrypts what is received, so that it lies elsewhere
  /// @param idle gets the connection back after each exchange
  NettyConnection(
      InetSocketAddress address, boolean encrypted, IdleConnections<NettyConnection> idle) {
    this.address = address;
    this.encrypted = encrypted;
    this.idle = idle;
  }

  /// Where it goes. Any thread may ask.
  @Override
  public InetSocketAddress address() {
    return address;
  }

  /// Where received bytes go: those of the answer's body to where they belong.
  MemorySegment target() {
    return answer == null ? scratch : answer.target();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    if (unwanted) { // it was closed before it was made
      ChannelFuture _ = context.channel().close();
    }
  }

  /// Runs a task on the event loop, unless that has ended, after which there is nothing to do. Any
  /// thread may call this, once the connection is made.
  void run(Runnable task) {
    try {
      channel().eventLoop().execute(task);
    } catch (RejectedExecutionException _) {
      // the transport is closed, and has waited for the end of every exchange
    }
  }

  /// The same, but at once in the event loop's own thread, which may be about to wait for it.
  void runSoon(Runnable task) {
    if (channel().eventLoop().inEventLoop()) {
      task.run();
    } else {
      run(task);
    }
  }

  private Channel channel() {
    Channel known = channel;
    if (known == null) {
      throw new IllegalStateException("the connection is not made yet");
    }
    return known;
  }

  /// Whether it is open as far as is known. Any thread may ask.
  @Override
  public boolean isUsable() {
    return channel().isActive();
  }

  /// Any thread may close.
  @Override
  public void close() {
    unwanted = true;
    Channel known = channel;
    if (known != null) {
      ChannelFuture _ = known.close();
    }
  }

  /// Begins an exchange that has entered.
  ///
  /// @param head of the request
  void begin(TrackedExchange next, GetAnswer receiving, byte[] head) {
    exchange = next;
    answer = receiving;
    if (isUsable()) {
      channel()
          .writeAndFlush(Unpooled.wrappedBuffer(head))
          .addListener((ChannelFuture sent) -> {
            if (!sent.isSuccess()) {
              broken(receiving, sent.cause());
            }
          });
    } else {
      receiving.closed();
      settle();
    }
  }

  /// What an answer on it needs.
  GetAnswer.Connection forAnswer() {
    return new GetAnswer.Connection(address, reused, scratch);
  }

  private void broken(GetAnswer receiving, Throwable cause) {
    if (answer == receiving) {
      receiving.broken(String.valueOf(cause.getMessage()), cause);
      settle();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      if (answer == null) {
        close(); // nothing was asked
      } else if (encrypted) {
        take(answer, MemorySegment.ofBuffer(bytes.nioBuffer()));
      } else {
        answer.received(bytes.readableBytes()); // they are where the answer wants them
      }
    } finally {
      bytes.release();
    }
    settle();
  }

  private static void take(GetAnswer receiving, MemorySegment plain) {
    if (receiving.take(plain) < plain.byteSize()) {
      receiving.notReusable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (answer != null) {
      answer.closed();
      settle();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    GetAnswer receiving = answer;
    if (receiving != null) {
      broken(receiving, cause);
    }
    close();
  }

  /// Gives the exchange up because it was cancelled, if it is still this one.
  void stop(TrackedExchange cancelled) {
    GetAnswer receiving = answer;
    if (cancelled.equals(exchange) && receiving != null && !receiving.isDraining()) {
      receiving.stop();
      settle();
      if (answer == receiving) {
        Future<?> _ =
            channel()
                .eventLoop()
                .schedule(
                    () -> closeIf(receiving),
                    GetAnswer.DRAINED_WITHIN.toMillis(),
                    TimeUnit.MILLISECONDS);
      }
    }
  }

  private void closeIf(GetAnswer draining) {
    if (answer == draining) {
      close();
    }
  }

  /// Gives the exchange up because the transport is closed, if it is still this one.
  void shut(TrackedExchange open, PenstockException failure) {
    if (open.equals(exchange) && answer != null) {
      answer.fail(failure);
      settle();
    }
  }

  /// Goes on to the next exchange if the answer is done.
  private void settle() {
    GetAnswer done = answer;
    TrackedExchange over = exchange;
    if (done != null && over != null && done.done()) {
      answer = null;
      exchange = null;
      reused = true;
      idle.release(this, done.reusable());
      over.finish(done::tell);
    }
  }
}
