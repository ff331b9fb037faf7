package io.penstock.store;

/// What a store tells of requests that did not succeed at once, since it was made. Immutable.
///
/// @param repeated requests that it sent again by itself
/// @param throttled answers with which the service asked for fewer requests
public record StoreCounts(long repeated, long throttled) {
  /// A store that never repeats anything.
  public static final StoreCounts NONE = new StoreCounts(0, 0);

  /// What two stores have counted.
  public StoreCounts plus(StoreCounts other) {
    return new StoreCounts(repeated + other.repeated, throttled + other.throttled);
  }

  /// What was counted since an earlier moment.
  public StoreCounts since(StoreCounts earlier) {
    return new StoreCounts(repeated - earlier.repeated, throttled - earlier.throttled);
  }
}
