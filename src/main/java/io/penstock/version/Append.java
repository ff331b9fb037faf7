package io.penstock.version;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Provenance;
import io.penstock.format.Schema;
import io.penstock.format.VersionLink;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fragments to be added at the end of a branch, and what the version shall say of them. Commutes
/// with other appends: it is placed behind whatever was committed before it.
///
/// @param schema of the fragments; the first append into an empty dataset gives it its schema,
///   later ones must agree with it
/// @param fragments finished, in the order in which their samples follow each other; may be empty
/// @param author free text
/// @param message free text
/// @param metadata free pairs
/// @param provenance of the samples, or empty
/// @param basedOn a version that must still be the newest when this is committed, because a
///   decision was based on it; empty to append to whatever is the newest
public record Append(
    Schema schema,
    List<NewFragment> fragments,
    String author,
    String message,
    Map<String, String> metadata,
    Optional<Provenance> provenance,
    Optional<VersionLink> basedOn) {
  /// Copies the list and the map.
  public Append {
    fragments = List.copyOf(fragments);
    metadata = Map.copyOf(metadata);
  }

  /// A finished fragment: how it is laid out, and its entry, whose layout index and first sample id
  /// are given by the commit.
  public record NewFragment(Layout layout, FragmentEntry entry) {}

  /// An append without author, metadata, provenance or precondition.
  public static Append of(Schema schema, List<NewFragment> fragments, String message) {
    return new Append(schema, fragments, "", message, Map.of(), Optional.empty(), Optional.empty());
  }
}
