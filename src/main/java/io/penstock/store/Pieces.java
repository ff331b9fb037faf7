package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// A segment cut into consecutive pieces of equal size, the last one shorter.
final class Pieces {
  private Pieces() {}

  static Iterable<MemorySegment> of(MemorySegment whole, long pieceBytes) {
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
