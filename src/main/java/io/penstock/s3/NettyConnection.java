package io.penstock.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.penstock.error.PenstockException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A connection of Netty's and the one handler on it. Confined to the connection's event loop, but
/// for what says otherwise.
final class NettyConnection extends ChannelInboundHandlerAdapter
    implements IdleConnections.Connection {
  // Over io_uring a receive may be under way while this connection's tasks run, and until it has
  // ended the system may write into its buffer. That nobody else has that memory meanwhile depends
  // on these ways of Netty 4.2's channels (AbstractIoUringStreamChannel, without a buffer ring):
  // - A channel has one receive at a time. Its buffer is allocated when the receive is submitted,
  //   and the system writes only into what was writable of it then. No other receive is submitted
  //   before the completion of this one was handled, all handlers' calls included.
  // - The buffer is released when the receive has completed, never before: by channelRead, or by
  //   Netty if nothing came.
  // - A channel that is closed cancels its receive, and becomes inactive only after the completion
  //   of that, which comes whether or not it was cancelled in time.
  // - After each completion comes one of channelRead, channelReadComplete and channelInactive.
  // So a landing buffer that is not released means that its memory must stay lent.

  private final InetSocketAddress address;
  private final boolean elsewhere;
  private final IdleConnections<NettyConnection> idle;
  private final Optional<LowWaterMark> lowWater;
  private final MemorySegment scratch = Arena.ofAuto().allocate(GetAnswer.SCRATCH_BYTES, 64);
  private final HttpDates dates = new HttpDates();
  private volatile @Nullable Channel channel;
  private volatile boolean unwanted;
  private @Nullable GetAnswer answer;
  private @Nullable TrackedExchange exchange;
  private boolean reused;
  private boolean stopping;
  private @Nullable ByteBuf landing;

  /// @param elsewhere whether what is received lies not where this wants it, because another
  ///   handler has decrypted it
  /// @param idle gets the connection back after each exchange
  /// @param lowWater its own, if the system knows such a thing
  NettyConnection(
      InetSocketAddress address,
      boolean elsewhere,
      IdleConnections<NettyConnection> idle,
      Optional<LowWaterMark> lowWater) {
    this.address = address;
    this.elsewhere = elsewhere;
    this.idle = idle;
    this.lowWater = lowWater;
  }

  /// Where it goes. Any thread may ask.
  @Override
  public InetSocketAddress address() {
    return address;
  }

  /// The buffer of the next receive: a view of where the answer wants its next bytes. Before there
  /// is an answer, of where the next one's head goes, because the receive may be still under way
  /// when a request is sent.
  ByteBuf nextReceive() {
    GetAnswer receiving = receiving();
    ByteBuf buffer = Unpooled.wrappedBuffer(target().asByteBuffer()).clear();
    landing = receiving != null && receiving.isLanding() ? buffer : null;
    return buffer;
  }

  private @Nullable GetAnswer receiving() {
    return answer == null || answer.done() ? null : answer;
  }

  /// Where the next bytes go, at least one byte; valid until [#received].
  MemorySegment target() {
    GetAnswer receiving = receiving();
    return receiving == null ? GetAnswer.firstTarget(scratch) : receiving.target();
  }

  /// So many bytes, 1 or more, have come to the beginning of the [#target].
  void received(int count) {
    if (answer == null) {
      close(); // nothing was asked
    } else if (answer.done()) {
      answer.notReusable(); // its end waited for the end of this receive
    } else {
      answer.received(count);
    }
    settle();
  }

  /// Whether bytes are being received into memory that was lent.
  boolean isLanding() {
    return landing != null && landing.refCnt() > 0;
  }

  /// A receive is over, and nothing has come.
  void receivedNothing() {
    if (answer != null) {
      answer.receivedNothing();
    }
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

  /// Whether it is open as far as is known, and nobody has asked to close it. Any thread may ask.
  @Override
  public boolean isUsable() {
    return !unwanted && channel().isActive();
  }

  /// Whether somebody has asked to close it. Any thread may ask.
  boolean isUnwanted() {
    return unwanted;
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
    return new GetAnswer.Connection(address, reused, scratch, dates);
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
    if (elsewhere) {
      try {
        take(MemorySegment.ofBuffer(bytes.nioBuffer()));
      } finally {
        bytes.release();
      }
    } else {
      int count = bytes.readableBytes();
      bytes.release(); // the receive has ended
      received(count);
    }
  }

  private void take(MemorySegment bytes) {
    GetAnswer receiving = receiving();
    if (receiving == null) {
      received(Math.toIntExact(bytes.byteSize()));
      return;
    }
    if (receiving.take(bytes) < bytes.byteSize()) {
      receiving.notReusable();
    }
    settle();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    settle(); // a receive may have ended with nothing
    lowWater.ifPresent(mark -> setLowWater(mark, context.channel().config()));
    context.fireChannelReadComplete();
  }

  private void setLowWater(LowWaterMark mark, ChannelConfig config) {
    GetAnswer receiving = receiving();
    mark.change(receiving == null ? 0 : receiving.left())
        .ifPresent(bytes -> config.setOption(LowWaterMark.SO_RCVLOWAT, bytes));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    settle(); // nothing is being received any more
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
      stopping = true;
      settle();
      if (answer == receiving) {
        if (stopping && !receiving.isWorthDraining()) {
          close();
        }
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

  /// Stops the answer if it is to be stopped, and goes on to the next exchange if it is done;
  /// either only when nothing is being received into its memory.
  private void settle() {
    GetAnswer done = answer;
    TrackedExchange over = exchange;
    if (done == null || over == null) {
      return;
    }
    if (isLanding()) {
      if (done.done()) {
        close(); // which cancels the receive
      }
      return;
    }
    if (stopping && !done.isDraining() && !done.done()) {
      done.stop();
    }
    stopping = false;
    if (done.done()) {
      answer = null;
      exchange = null;
      landing = null;
      reused = true;
      idle.release(this, done.reusable());
      over.finish(done::tell);
    }
  }
}
