package io.penstock.version;

import io.penstock.format.VersionLink;
import io.penstock.format.VersionRecord;

/// A version record as it stands on the store. Immutable, thread-safe.
///
/// @param record what it says
/// @param link the exact pointer to it: branch, life, number, and the digest of its stored bytes
public record StoredVersion(VersionRecord record, VersionLink link) {
  /// Its number in its branch.
  public long number() {
    return link.number();
  }

  /// `main:12`, as users write it.
  @Override
  public String toString() {
    return link.toString();
  }
}
