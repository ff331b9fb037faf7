package io.penstock.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.util.function.Supplier;

/// The buffers into which Netty receives what comes on one connection: views of the very memory
/// where the bytes are wanted.
final class LandingBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  // After so many receives other connections of the event loop have their turn.
  private static final int RECEIVES_AT_ONCE = 16;

  private final Supplier<ByteBuf> next;

  /// @param next gives the buffer of the next receive
  LandingBuffers(Supplier<ByteBuf> next) {
    super(RECEIVES_AT_ONCE);
    this.next = next;
  }

  @Override
  @SuppressWarnings("deprecation") // what the interface returns
  public RecvByteBufAllocator.Handle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public ByteBuf allocate(ByteBufAllocator ignored) {
        return next.get();
      }

      @Override
      public int guess() {
        return GetAnswer.SCRATCH_BYTES; // nobody asks: every buffer is as long as it must be
      }
    };
  }
}
