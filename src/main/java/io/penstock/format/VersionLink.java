package io.penstock.format;

/// A pointer to one version record, exact to the byte.
///
/// @param branch name
/// @param life which life of that name: the number of the ref that began it
/// @param number of the version
/// @param record SHA-256 of the stored record
public record VersionLink(String branch, long life, long number, Digest record) {
  @Override
  public String toString() {
    return branch + ":" + number;
  }
}
