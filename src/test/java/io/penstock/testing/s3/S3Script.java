package io.penstock.testing.s3;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

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
