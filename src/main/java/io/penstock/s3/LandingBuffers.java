package io.penstock.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/// The buffers into which Netty receives what comes on one connection: views of the very memory
/// that the answer wants its next bytes in.
final class LandingBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  // After so many receives other connections of the event loop have their turn.
  private static final int RECEIVES_AT_ONCE = 16;

  private final NettyConnection connection;

  LandingBuffers(NettyConnection connection) {
    super(RECEIVES_AT_ONCE);
    this.connection = connection;
  }

  @Override
  @SuppressWarnings("deprecation") // what the interface returns
  public RecvByteBufAllocator.Handle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public ByteBuf allocate(ByteBufAllocator ignored) {
        return connection.nextReceive();
      }

      @Override
      public int guess() {
        return GetAnswer.SCRATCH_BYTES; // nobody asks: every buffer is as long as it must be
      }
    };
  }
}
