package io.penstock.read;

import java.util.List;
import java.util.Optional;

/// All that is to be fetched for a read, and what becomes of it. Complete before its first byte is
/// requested.
///
/// @param ranges in the order in which they are needed
/// @param unreadable chunks that are wanted and known to be damaged or missing
record ReadPlan(List<RangeRead> ranges, List<Unreadable> unreadable) {
  /// Copies the lists.
  ReadPlan {
    ranges = List.copyOf(ranges);
    unreadable = List.copyOf(unreadable);
  }

  /// A chunk that cannot be read, and the failure in its place.
  record Unreadable(ChunkRead chunk, io.penstock.error.PenstockException failure) {}

  /// The first failure that is known before anything is read.
  Optional<io.penstock.error.PenstockException> firstFailure() {
    return unreadable.stream().map(Unreadable::failure).findFirst();
  }
}
