package io.penstock.format;

import java.util.List;

/// Where a version's new data came from.
///
/// @param inputs what was read, as URIs or versions
/// @param transform name of the program that made the data
/// @param fingerprint of that program and its options; equal fingerprints make equal output
public record Provenance(List<String> inputs, String transform, String fingerprint) {
  /// Copies the list.
  public Provenance {
    inputs = List.copyOf(inputs);
  }
}
