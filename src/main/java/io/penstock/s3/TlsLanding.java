package io.penstock.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Encrypts and decrypts what travels on one connection, once an [SslHandler] before it has agreed
/// with the other side on how: OpenSSL decrypts from where the system has received to where the
/// answer wants its next bytes. Until then it lets everything pass. Confined to the connection's
/// event loop.
final class TlsLanding extends ChannelDuplexHandler {
  // Of a record that is cut OpenSSL keeps what it has. So all that was received is consumed at
  // once, and the same memory takes what comes next. OpenSSL may decrypt a part of a record,
  // however short the place that it is given: heads, gaps and slices end where they end without a
  // copy.

  // Some records at a time, which stay in the processor's caches until they are decrypted.
  private static final int RECEIVED_BYTES = 128 << 10;
  private static final int HANDSHAKE_BYTES = 16 << 10;
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final SslHandler handshake;
  private final SSLEngine engine;
  private final NettyConnection connection;
  private @Nullable MemorySegment encrypted;

  /// @param handshake of OpenSSL's
  /// @param connection says where decrypted bytes go
  TlsLanding(SslHandler handshake, NettyConnection connection) {
    this.handshake = handshake;
    this.engine = handshake.engine();
    this.connection = connection;
  }

  /// The buffer of the next receive.
  ByteBuf nextReceive() {
    MemorySegment room = encrypted;
    return room == null
        ? Unpooled.directBuffer(HANDSHAKE_BYTES) // which the handshake may keep
        : Unpooled.wrappedBuffer(room.asByteBuffer()).clear();
  }

  /// Takes the place of the handshake, which has succeeded, unless the connection is gone. Not to
  /// be called by the handshake itself.
  void takeOver(ChannelPipeline pipeline) {
    if (pipeline.context(handshake) != null) {
      encrypted = Arena.ofAuto().allocate(RECEIVED_BYTES, 64);
      pipeline.remove(handshake); // what it has received and not used comes here
    }
  }

  private boolean isWaiting() {
    return encrypted == null;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ReferenceCountUtil.retain(engine); // the handshake releases it when it goes
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    ReferenceCountUtil.release(engine);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws SSLException {
    if (isWaiting()) {
      context.fireChannelRead(message);
      return;
    }
    ByteBuf bytes = (ByteBuf) message;
    try {
      decrypt(context, bytes.nioBuffer());
    } finally {
      bytes.release();
    }
  }

  private void decrypt(ChannelHandlerContext context, ByteBuffer received) throws SSLException {
    SSLEngineResult result;
    do {
      result = engine.unwrap(received, connection.target().asByteBuffer());
      if (result.bytesProduced() > 0) {
        connection.received(result.bytesProduced());
      } else {
        connection.receivedNothing();
      }
      if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
        ChannelFuture _ = context.close(); // the other side says that nothing follows
        return;
      }
      answerPeer(context, result.getHandshakeStatus());
    } while (result.bytesConsumed() > 0 || result.bytesProduced() > 0);
    if (received.hasRemaining()) {
      throw new SSLException(received.remaining() + " bytes are left that are no record");
    }
  }

  /// What TLS itself has to say, such as to go on with new keys.
  private void answerPeer(ChannelHandlerContext context, SSLEngineResult.HandshakeStatus status)
      throws SSLException {
    if (status == SSLEngineResult.HandshakeStatus.NEED_TASK) {
      for (Runnable task = engine.getDelegatedTask();
          task != null;
          task = engine.getDelegatedTask()) {
        task.run();
      }
    } else if (status == SSLEngineResult.HandshakeStatus.NEED_WRAP) {
      ChannelFuture _ = context.writeAndFlush(encrypt(context, NOTHING));
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws SSLException {
    if (isWaiting()) {
      ChannelFuture _ = context.write(message, promise);
      return;
    }
    ByteBuf plain = (ByteBuf) message;
    try {
      ChannelFuture _ = context.write(encrypt(context, plain.nioBuffer()), promise);
    } finally {
      plain.release();
    }
  }

  private ByteBuf encrypt(ChannelHandlerContext context, ByteBuffer plain) throws SSLException {
    int room = engine.getSession().getPacketBufferSize();
    ByteBuf records = context.alloc().directBuffer(room);
    try {
      do {
        ByteBuffer to = records.nioBuffer(records.writerIndex(), records.writableBytes());
        SSLEngineResult result = engine.wrap(plain, to);
        records.writerIndex(records.writerIndex() + result.bytesProduced());
        switch (result.getStatus()) {
          case OK, BUFFER_UNDERFLOW -> {}
          case BUFFER_OVERFLOW -> records.ensureWritable(records.writableBytes() + room);
          case CLOSED -> {
            if (plain.hasRemaining()) {
              throw new SSLException("the connection is closed");
            }
          }
        }
      } while (plain.hasRemaining());
      return records;
    } catch (SSLException | RuntimeException e) {
      records.release();
      throw e;
    }
  }

  /// Tells the other side, if that is possible at once, and closes.
  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) throws SSLException {
    try {
      if (!isWaiting()) {
        engine.closeOutbound();
        ChannelFuture _ = context.writeAndFlush(encrypt(context, NOTHING));
      }
    } finally {
      ChannelFuture _ = context.close(promise);
    }
  }
}
