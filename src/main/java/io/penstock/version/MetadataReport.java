package io.penstock.version;

import java.util.List;

/// What a check of a dataset's metadata found.
///
/// @param objects metadata objects that were read
/// @param bytes of those
/// @param problems in the order in which they were met; empty if all is well
public record MetadataReport(long objects, long bytes, List<Problem> problems) {
  /// Copies the list.
  public MetadataReport {
    problems = List.copyOf(problems);
  }

  /// Whether nothing was wrong.
  public boolean ok() {
    return problems.isEmpty();
  }

  /// One piece of damage.
  ///
  /// @param code stable, such as `metadata-corrupt`
  /// @param object key
  /// @param message what was found, what was expected, and which versions it affects
  public record Problem(String code, String object, String message) {}
}
