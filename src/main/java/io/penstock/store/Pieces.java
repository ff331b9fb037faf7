package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// A segment cut into consecutive pieces of equal size, the last one shorter, that one call of the
/// system moves each.
final class Pieces {
  // So that a transfer that was cancelled ends soon, and no temporary buffer of the JDK's, which it
  // needs for bytes on the heap, is larger.
  private static final long NATIVE_BYTES = 8L << 20;
  private static final long HEAP_BYTES = 64L << 10;

  private Pieces() {}

  static Iterable<MemorySegment> of(MemorySegment whole) {
    long pieceBytes = whole.isNative() ? NATIVE_BYTES : HEAP_BYTES;
    return () ->
        new Iterator<>() {
          private long at;

          @Override
          public boolean hasNext() {
            return at < whole.byteSize();
          }

          @Override
          public MemorySegment next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            MemorySegment piece = whole.asSlice(at, Math.min(pieceBytes, whole.byteSize() - at));
            at += piece.byteSize();
            return piece;
          }
        };
  }
}
