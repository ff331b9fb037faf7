package io.penstock.version;

import java.util.Optional;
import java.util.function.LongFunction;

/// Finds the last of objects that are numbered without holes, by asking for single ones.
final class Gallop {
  private Gallop() {}

  /// The last one, from one that exists: steps that double until one is missing, then bisection.
  /// About 2·log₂ d requests for a distance of d, one after the other.
  static <T> T last(long number, T existing, LongFunction<Optional<T>> probe) {
    long low = number;
    T found = existing;
    long step = 1;
    Optional<T> next = probe.apply(low + step);
    while (next.isPresent()) {
      low += step;
      found = next.get();
      step *= 2;
      next = probe.apply(low + step);
    }
    long high = low + step;
    while (high - low > 1) {
      long middle = (low + high) >>> 1;
      Optional<T> at = probe.apply(middle);
      if (at.isPresent()) {
        low = middle;
        found = at.get();
      } else {
        high = middle;
      }
    }
    return found;
  }
}
