package io.penstock.testing.s3;

/// What all connections of a server share: a network that carries so many bytes a second and no
/// more. Times are those of [System#nanoTime]. Thread-safe.
final class SharedRate {
  private long bytesPerSecond;
  private long free = System.nanoTime();

  /// @param bytesPerSecond from now on; 0: as many as can be
  synchronized void limit(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /// Takes a turn behind all that were taken before, and returns when it comes.
  ///
  /// @param due when it shall come at the earliest
  synchronized long take(long due, int bytes) {
    if (bytesPerSecond == 0) {
      return due;
    }
    long turn = Math.max(free, due);
    free = turn + (long) (bytes * 1e9 / bytesPerSecond);
    return turn;
  }
}
