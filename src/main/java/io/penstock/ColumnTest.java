package io.penstock;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A condition, ready for the values of one tensor. Immutable.
sealed interface ColumnTest {
  /// Whether a value meets it.
  ///
  /// @param values of the tensor's type, in this machine's byte order
  /// @param index of the value among them
  boolean test(MemorySegment values, long index);

  /// From one key to another, both inclusive; none if the first is larger.
  record Within(ColumnKeys keys, long low, long high) implements ColumnTest {
    @Override
    public boolean test(MemorySegment values, long index) {
      long key = keys.at(values, index);
      return low <= key && key <= high;
    }
  }

  /// One of some values, or none of them.
  ///
  /// @param sorted keys, ascending
  /// @param wanted whether the value shall be among them
  @SuppressWarnings("ArrayRecordComponent") // made for one scan, never compared
  record OneOf(ColumnKeys keys, long[] sorted, boolean wanted) implements ColumnTest {
    @Override
    public boolean test(MemorySegment values, long index) {
      return Arrays.binarySearch(sorted, keys.at(values, index)) >= 0 == wanted;
    }
  }
}
