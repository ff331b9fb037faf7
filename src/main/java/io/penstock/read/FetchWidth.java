package io.penstock.read;

/// How many groups that lie side by side are asked for at once: one at the beginning, then twice as
/// many after each round through the lanes, up to what memory allows. One thread at a time.
final class FetchWidth {
  private final long lanes;
  private final int most;
  private int width = 1;
  private long askedOfRound;

  /// @param lanes groups that are met side by side
  /// @param most 1 or more
  FetchWidth(long lanes, int most) {
    this.lanes = lanes;
    this.most = most;
  }

  int groups() {
    return width;
  }

  int most() {
    return most;
  }

  /// So many groups more were asked for.
  void asked(int count) {
    askedOfRound += count;
    if (askedOfRound >= lanes * width && width < most) {
      width = Math.min(most, 2 * width);
      askedOfRound = 0;
    }
  }

  /// The reading begins at another place.
  void restart() {
    width = 1;
    askedOfRound = 0;
  }
}
