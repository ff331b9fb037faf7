package io.penstock.s3;

import io.netty.channel.ChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/// How many bytes are to have come on a connection before its event loop is woken for them: of a
/// body those of some milliseconds, so that few receives bring much each; one of anything else.
/// Confined to that loop.
final class LowWaterMark {
  // By the rate of this very body, never by its length alone: of a slow one every byte is seen when
  // it comes, so that slow and silent can be told apart. The end of a connection is seen at once.

  /// Linux's option of that name, see socket(7).
  static final ChannelOption<Integer> SO_RCVLOWAT =
      new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);

  /// The marks that are set, beside one byte; powers of two.
  static final int LEAST = 64 << 10;

  static final int MOST = 1 << 20;

  /// A wait for that much must be short beside what makes a body slow.
  private static final long AWAITED_NANOS = 5_000_000;

  // So much of what is left may have been received already, but not decrypted.
  private static final int UNDECRYPTED = 32 << 10;

  private final LongSupplier nanoTime;
  private int mark = 1;
  private long lastLeft;
  private long firstLeft;
  private long firstNanos;

  LowWaterMark(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// The mark for the next receive, if it is another one than before.
  ///
  /// @param left bytes of the body that are still to come; 0 if none is being received
  OptionalInt change(long left) {
    if (left > lastLeft) { // another body
      firstLeft = left;
      firstNanos = nanoTime.getAsLong();
    }
    lastLeft = left;
    int wanted = wanted(left);
    if (wanted == mark) {
      return OptionalInt.empty();
    }
    mark = wanted;
    return OptionalInt.of(wanted);
  }

  private int wanted(long left) {
    long come = firstLeft - left;
    long most = Math.min(MOST, left - UNDECRYPTED);
    if (come < LEAST || most < LEAST) {
      return 1;
    }
    double nanos = Math.max(1, nanoTime.getAsLong() - firstNanos);
    long soon = Math.min(most, (long) (come * (AWAITED_NANOS / nanos)));
    return soon < LEAST ? 1 : Math.toIntExact(Long.highestOneBit(soon));
  }
}
