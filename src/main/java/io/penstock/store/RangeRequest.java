package io.penstock.store;

import java.util.Optional;

/// What to read: an object, a range of it, and the tag that it must still have.
///
/// @param key the object
/// @param range absolute
/// @param etag the tag that an earlier read of the same object gave, or empty for the first one
public record RangeRequest(String key, ByteRange range, Optional<String> etag) {
  /// A first read, without a pinned tag.
  public static RangeRequest of(String key, long offset, long length) {
    return new RangeRequest(key, new ByteRange(offset, length), Optional.empty());
  }
}
