package io.penstock.testing.s3;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/// Which fault meets which request. Asked once for each request, in order of arrival, one at a
/// time.
@FunctionalInterface
public interface S3Script {
  /// The fault that meets a request.
  ///
  /// @param operation what the request asks for
  /// @param key the object, or empty
  WireFault at(S3Operation operation, String key);

  /// All goes well.
  static S3Script calm() {
    return (_, _) -> new WireFault.None();
  }

  /// Every request of one kind meets the same fault.
  static S3Script always(S3Operation operation, WireFault fault) {
    return (asked, _) -> asked == operation ? fault : new WireFault.None();
  }

  /// Requests of one kind meet the same fault from one of them on.
  ///
  /// @param after how many go well before
  /// @param count how many do not
  static S3Script burst(S3Operation operation, WireFault fault, int after, int count) {
    AtomicInteger seen = new AtomicInteger();
    return (asked, _) -> {
      int number = asked == operation ? seen.getAndIncrement() : -1;
      return number >= after && number - after < count ? fault : new WireFault.None();
    };
  }

  /// Each request of one kind meets, with a likelihood, one of these faults.
  ///
  /// @param random asked by one thread at a time
  static S3Script sometimes(
      S3Operation operation, double likelihood, RandomGenerator random, WireFault... faults) {
    return (asked, _) ->
        asked == operation && random.nextDouble() < likelihood
            ? faults[random.nextInt(faults.length)]
            : new WireFault.None();
  }

  /// The first requests of one kind meet these faults, one each; all others go well.
  static S3Script first(S3Operation operation, WireFault... faults) {
    Map<S3Operation, Deque<WireFault>> waiting = new EnumMap<>(S3Operation.class);
    waiting.put(operation, new ArrayDeque<>(List.of(faults)));
    return (asked, _) -> {
      Deque<WireFault> rest = waiting.get(asked);
      return rest == null || rest.isEmpty() ? new WireFault.None() : rest.remove();
    };
  }
}
