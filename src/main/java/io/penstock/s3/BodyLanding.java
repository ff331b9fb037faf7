package io.penstock.s3;

import io.penstock.store.Landing;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// How far the bytes of one range have come, and where the next ones go: into the slices, or, in
/// the gaps between them, nowhere. Confined to the thread that receives, but for what says
/// otherwise.
final class BodyLanding {
  // What one receive may fill: few calls of the system, and soon an end that was asked for.
  private static final long LARGEST_WINDOW = 1 << 20;

  private final long length;
  private List<Landing.Slice> slices = List.of();
  private int slice;

  // Guarded by this: what bytes may land, counted from the start of the range. Between receives
  // nothing is lent, so the window ends at the position.
  private long position;
  private long end;
  private long windowEnd;
  private boolean over;

  /// @param length of the range
  BodyLanding(long length) {
    this.length = length;
    this.end = length;
  }

  /// The bytes go there.
  ///
  /// @param checked as [Landing#checkedSlices] gives them
  void begin(List<Landing.Slice> checked) {
    slices = checked.stream().filter(each -> each.target().byteSize() > 0).toList();
  }

  /// Whether the next byte belongs to no slice.
  boolean isInGap() {
    return slice == slices.size() || position < slices.get(slice).offset();
  }

  /// Where the next bytes go, at least one.
  ///
  /// @param scratch takes those of gaps
  MemorySegment target(MemorySegment scratch) {
    if (isInGap()) {
      long until = slice == slices.size() ? length : slices.get(slice).offset();
      return scratch.asSlice(0, window(Math.min(scratch.byteSize(), until - position)));
    }
    Landing.Slice next = slices.get(slice);
    long from = position - next.offset();
    long most = Math.min(LARGEST_WINDOW, next.target().byteSize() - from);
    return next.target().asSlice(from, window(most));
  }

  private synchronized long window(long most) {
    long count = Math.min(most, end - position);
    windowEnd = Math.max(windowEnd, position + count);
    return count;
  }

  /// So many bytes have come to the [#target].
  synchronized void landed(long count) {
    position += count;
    windowEnd = position;
    if (slice < slices.size()) {
      Landing.Slice current = slices.get(slice);
      if (position == current.offset() + current.target().byteSize()) {
        slice++;
      }
    }
  }

  /// Takes bytes that came to some other place: copies what is to be kept, up to the end of the
  /// slice or gap.
  ///
  /// @return how many were taken; at least one, if there is one before the end
  long copy(MemorySegment bytes) {
    boolean gap = isInGap();
    MemorySegment to = target(bytes); // of which a gap's bytes need not be copied
    long count = Math.min(to.byteSize(), bytes.byteSize());
    if (!gap) {
      MemorySegment.copy(bytes, 0, to, 0, count);
    }
    landed(count);
    return count;
  }

  /// Nothing has come to the [#target], and nothing will.
  synchronized void nothingLanded() {
    windowEnd = position;
  }

  /// Bytes come and are thrown away.
  synchronized void skipped(long count) {
    position += count;
  }

  /// How many bytes of the range have come.
  synchronized long position() {
    return position;
  }

  /// How many bytes of the range are still to come.
  synchronized long left() {
    return length - position;
  }

  /// Whether all bytes that are wanted have come.
  synchronized boolean isComplete() {
    return position == end;
  }

  /// No byte lands any more.
  synchronized void finish() {
    over = true;
  }

  /// Asks for an earlier end, see [GetTransport.Exchange#endAt]. Any thread may.
  synchronized boolean endAt(long bytes) {
    boolean early = !over && bytes > 0 && bytes > windowEnd && bytes <= end;
    if (early) {
      end = bytes;
    }
    return early;
  }

  /// Whether so little is left that receiving it is less work than a new connection. Any thread may
  /// ask.
  synchronized boolean isWorthDraining(long most) {
    return windowEnd > 0 && length - windowEnd <= most;
  }
}
