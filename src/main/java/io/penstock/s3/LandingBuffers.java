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
  private final Runnable nothing;

  /// @param next gives the buffer of the next receive
  /// @param nothing is told that a receive is over and has brought nothing
  LandingBuffers(Supplier<ByteBuf> next, Runnable nothing) {
    super(RECEIVES_AT_ONCE);
    this.next = next;
    this.nothing = nothing;
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
      public void lastBytesRead(int bytes) {
        super.lastBytesRead(bytes);
        if (bytes <= 0) {
          nothing.run();
        }
      }

      @Override
      public int guess() {
        return GetAnswer.SCRATCH_BYTES; // nobody asks: every buffer is as long as it must be
      }
    };
  }
}
