package io.penstock.cache;

/// What a cache did since it was opened, and how full its directory is.
///
/// @param hits pieces (a chunk each) that came from the directory
/// @param misses pieces that are to be kept but were not there, and came from the store
/// @param bytesFromDisk that were handed to readers
/// @param bytesFromStore that were handed to readers, of whatever is kept or not
/// @param written pieces that this process added
/// @param rejected pieces that were not added because the budget was used up by others that are
///   kept
/// @param dropped pieces that were not added because the disk was busy or the memory for copies in
///   use
/// @param damaged pieces whose bytes were wrong, or that belonged to something else, each counted
///   when it was found out; not served from then on, each counts as a miss too
/// @param failures operations that the disk failed; each was a miss or a piece not added, no more
/// @param evicted pieces that were removed because nothing wants them any more and their room was
///   needed
/// @param usedBytes of the budget, by all processes, as last seen
/// @param budgetBytes the most it may be
public record CacheStats(
    long hits,
    long misses,
    long bytesFromDisk,
    long bytesFromStore,
    long written,
    long rejected,
    long dropped,
    long damaged,
    long failures,
    long evicted,
    long usedBytes,
    long budgetBytes) {
  /// Bytes from the directory as a share of all, 0 to 1; 0 before anything was read.
  public double diskShare() {
    long all = bytesFromDisk + bytesFromStore;
    return all == 0 ? 0 : bytesFromDisk / (double) all;
  }
}
