package io.penstock.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Moves the elements of an array into another order of axes.
final class Transposition {
  /*
   * The axes of the target, outermost first, each with its length and its strides in source and
   * target. Axes of length 1 are dropped, and neighbours that are neighbours in the source too become
   * one, so that what is left changes order at every seam. An innermost axis that is contiguous in the
   * source is moved in whole blocks.
   *
   * Two axes are walked in square tiles: the target's innermost one and the source's. Else one of the
   * two sides would touch a new cache line with every element.
   */
  private static final int TILE = 64;

  private record Axis(long length, long sourceStride, long targetStride) {}

  private final List<Axis> outer;
  private final Axis far;
  private final Axis near;
  private final long blockBytes;

  private Transposition(List<Axis> outer, Axis far, Axis near, long blockBytes) {
    this.outer = outer;
    this.far = far;
    this.near = near;
    this.blockBytes = blockBytes;
  }

  /// The move from `source`, in C order, to the array whose axis i is axis `order[i]` of it.
  static Transposition of(ArraySpec source, List<Integer> order) {
    long blockBytes = source.type().byteCount();
    List<Axis> axes = new ArrayList<>();
    long targetStride = blockBytes;
    for (int axis : order.reversed()) {
      long length = source.shape().dimension(axis);
      long sourceStride = source.shape().productFrom(axis + 1) * source.type().byteCount();
      if (length == 1) {
        continue;
      }
      if (axes.isEmpty() && sourceStride == blockBytes) {
        blockBytes *= length;
      } else if (!axes.isEmpty() && continues(axes.getFirst(), sourceStride)) {
        Axis inner = axes.removeFirst();
        axes.addFirst(new Axis(inner.length * length, inner.sourceStride, inner.targetStride));
      } else {
        axes.addFirst(new Axis(length, sourceStride, targetStride));
      }
      targetStride *= length;
    }
    Axis near = axes.isEmpty() ? new Axis(1, 0, 0) : axes.removeLast();
    Axis far = new Axis(1, 0, 0);
    for (Axis axis : axes) {
      if (far.length == 1 || axis.sourceStride < far.sourceStride) {
        far = axis;
      }
    }
    axes.remove(far);
    return new Transposition(List.copyOf(axes), far, near, blockBytes);
  }

  private static boolean continues(Axis inner, long sourceStride) {
    return inner.sourceStride * inner.length == sourceStride;
  }

  /// Moves all elements.
  void run(MemorySegment source, MemorySegment target) {
    long[] at = new long[outer.size()];
    long from = 0;
    long to = 0;
    while (true) {
      tiles(source, from, target, to);
      int i = at.length - 1;
      while (i >= 0 && at[i] == outer.get(i).length - 1) {
        from -= at[i] * outer.get(i).sourceStride;
        to -= at[i] * outer.get(i).targetStride;
        at[i--] = 0;
      }
      if (i < 0) {
        return;
      }
      at[i]++;
      from += outer.get(i).sourceStride;
      to += outer.get(i).targetStride;
    }
  }

  private void tiles(MemorySegment source, long from, MemorySegment target, long to) {
    for (long i = 0; i < far.length; i += TILE) {
      long rows = Math.min(TILE, far.length - i);
      for (long j = 0; j < near.length; j += TILE) {
        long columns = Math.min(TILE, near.length - j);
        for (long row = i; row < i + rows; row++) {
          line(
              source,
              from + row * far.sourceStride + j * near.sourceStride,
              target,
              to + row * far.targetStride + j * near.targetStride,
              columns);
        }
      }
    }
  }

  private void line(MemorySegment source, long from, MemorySegment target, long to, long count) {
    if (blockBytes == 1) {
      for (long i = 0; i < count; i++) {
        byte value = source.get(ValueLayout.JAVA_BYTE, from + i * near.sourceStride);
        target.set(ValueLayout.JAVA_BYTE, to + i * near.targetStride, value);
      }
    } else if (blockBytes == 2) {
      for (long i = 0; i < count; i++) {
        short value = source.get(ValueLayout.JAVA_SHORT_UNALIGNED, from + i * near.sourceStride);
        target.set(ValueLayout.JAVA_SHORT_UNALIGNED, to + i * near.targetStride, value);
      }
    } else if (blockBytes == 4) {
      for (long i = 0; i < count; i++) {
        int value = source.get(ValueLayout.JAVA_INT_UNALIGNED, from + i * near.sourceStride);
        target.set(ValueLayout.JAVA_INT_UNALIGNED, to + i * near.targetStride, value);
      }
    } else if (blockBytes == 8) {
      for (long i = 0; i < count; i++) {
        long value = source.get(ValueLayout.JAVA_LONG_UNALIGNED, from + i * near.sourceStride);
        target.set(ValueLayout.JAVA_LONG_UNALIGNED, to + i * near.targetStride, value);
      }
    } else {
      for (long i = 0; i < count; i++) {
        MemorySegment.copy(
            source, from + i * near.sourceStride, target, to + i * near.targetStride, blockBytes);
      }
    }
  }
}
