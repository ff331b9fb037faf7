package io.penstock.s3;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/// Stands before what agrees on TLS, and closes a connection that nobody wants any more instead of
/// letting that begin or go on. Confined to the connection's event loop.
final class HandshakeGate extends ChannelInboundHandlerAdapter {
  // A step of a handshake takes an event loop milliseconds, and the loop takes one for each of the
  // connections that are being made before it comes to its tasks, so to closing any. With hundreds
  // of them that would be seconds for whoever closes the transport.

  private final NettyConnection connection;

  HandshakeGate(NettyConnection connection) {
    this.connection = connection;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (connection.isUnwanted()) {
      ChannelFuture _ = context.close();
    } else {
      context.fireChannelActive();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (connection.isUnwanted()) {
      ReferenceCountUtil.release(message);
      ChannelFuture _ = context.close();
    } else {
      context.fireChannelRead(message);
    }
  }
}
