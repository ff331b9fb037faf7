package io.penstock.store;

/// What a store tells of requests that did not succeed at once, since it was made. Immutable.
///
/// @param repeated requests that it sent again by itself
/// @param throttled answers with which the service asked for fewer requests
/// @param reads how it reads ranges
public record StoreCounts(long repeated, long throttled, Reads reads) {
  /// A store that never repeats anything.
  public static final StoreCounts NONE = new StoreCounts(0, 0, Reads.NONE);

  /// A store that does not say how it reads ranges.
  public StoreCounts(long repeated, long throttled) {
    this(repeated, throttled, Reads.NONE);
  }

  /// How ranges are read from a service over a network.
  ///
  /// @param stalled requests that were given up because nothing came
  /// @param hedged requests that were sent to overtake one that was slow to answer
  /// @param hedgesWon those of them that answered first
  /// @param stolen requests that brought the end of a range whose body came slowly
  /// @param concurrency how many requests may be under way at once, now; 0: the store does not say
  public record Reads(long stalled, long hedged, long hedgesWon, long stolen, int concurrency) {
    /// A store that sends each request once and waits for it.
    public static final Reads NONE = new Reads(0, 0, 0, 0, 0);

    private Reads plus(Reads other) {
      return new Reads(
          stalled + other.stalled,
          hedged + other.hedged,
          hedgesWon + other.hedgesWon,
          stolen + other.stolen,
          concurrency + other.concurrency);
    }

    private Reads since(Reads earlier) {
      return new Reads(
          stalled - earlier.stalled,
          hedged - earlier.hedged,
          hedgesWon - earlier.hedgesWon,
          stolen - earlier.stolen,
          concurrency);
    }
  }

  /// What two stores have counted.
  public StoreCounts plus(StoreCounts other) {
    return new StoreCounts(
        repeated + other.repeated, throttled + other.throttled, reads.plus(other.reads));
  }

  /// What was counted since an earlier moment; the concurrency is that of now.
  public StoreCounts since(StoreCounts earlier) {
    return new StoreCounts(
        repeated - earlier.repeated, throttled - earlier.throttled, reads.since(earlier.reads));
  }
}
