package io.penstock.format;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One version, as it stands on the store: created once, never changed, never deleted.
///
/// @param features what a reader must know to read this version, sorted
/// @param branch name of the branch it belongs to
/// @param life of that name
/// @param number in the branch; its parent has the number before
/// @param parent the version before it; empty only for the first of a dataset
/// @param commit 32 hexadecimal digits, the same for all retries of one commit
/// @param time never before its parent's, whole milliseconds
/// @param author free text
/// @param message free text
/// @param metadata free pairs
/// @param provenance of the new data, or empty
/// @param operation what it did
/// @param revokes the session that a fence revokes, or empty
/// @param schema of all samples
/// @param samples live samples of the version
/// @param nextSampleId the first id that was never given
/// @param layouts of the fragments
/// @param pages older fragments, oldest first, levels never rising
/// @param fragments the newest fragments, oldest first, behind those of the pages
/// @param chain the chain of fragment digests up to the last fragment
/// @param content digest of schema, fragments and deletions
public record VersionRecord(
    List<String> features,
    String branch,
    long life,
    long number,
    Optional<VersionLink> parent,
    String commit,
    Instant time,
    String author,
    String message,
    Map<String, String> metadata,
    Optional<Provenance> provenance,
    Operation operation,
    Optional<String> revokes,
    Schema schema,
    long samples,
    long nextSampleId,
    List<Layout> layouts,
    List<PageRef> pages,
    List<FragmentEntry> fragments,
    Digest chain,
    Digest content) {
  /// The most bytes of an encoded record.
  public static final int MAX_BYTES = 64 << 10;

  /// Copies the lists and the map (in order of its keys).
  public VersionRecord {
    features = List.copyOf(features);
    metadata = java.util.Collections.unmodifiableSortedMap(new java.util.TreeMap<>(metadata));
    layouts = List.copyOf(layouts);
    pages = List.copyOf(pages);
    fragments = List.copyOf(fragments);
  }
}
