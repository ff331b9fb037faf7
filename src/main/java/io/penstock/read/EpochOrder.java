package io.penstock.read;

import io.penstock.load.Order;

/// The order of a version's samples in each epoch: a pure function (epoch, place) → position.
///
/// @param order how they are ordered
/// @param samples of the version
record EpochOrder(Order order, long samples) {
  /// The position of the sample that stands at a place of an epoch.
  long position(long epoch, long place) {
    return switch (order) {
      case Order.Sequential _ -> place;
    };
  }

  /// The positions at some places, in their order.
  long[] positions(long epoch, long from, long to) {
    long[] positions = new long[Math.toIntExact(to - from)];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position(epoch, from + i);
    }
    return positions;
  }
}
