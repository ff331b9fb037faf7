package io.penstock.format;

import java.time.Instant;
import java.util.Optional;

/// What a name means from one moment on. Refs of a name are numbered from 0; the highest counts.
///
/// @param name branch or tag
/// @param number of this ref; the life of a branch that it begins
/// @param time when it was made, whole milliseconds
/// @param meaning what the name stands for
public record RefRecord(String name, long number, Instant time, Meaning meaning) {
  /// What a name can stand for.
  public sealed interface Meaning {}

  /// A branch. Its first record has the number after its start's, or 0 without a start.
  public record Branch(Optional<VersionLink> start) implements Meaning {}

  /// A tag: one version for ever.
  public record Tag(VersionLink target) implements Meaning {}

  /// Nothing any more.
  public record Deleted() implements Meaning {}
}
