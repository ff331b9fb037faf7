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

  /// A copy of it, to be changed before it is a record.
  public Copy copy() {
    return new Copy(this);
  }

  /// A record that has what another one has, but for what is set. One thread at a time.
  public static final class Copy {
    private final List<String> features;
    private String branch;
    private long life;
    private long number;
    private Optional<VersionLink> parent;
    private String commit;
    private Instant time;
    private String author;
    private String message;
    private Map<String, String> metadata;
    private Optional<Provenance> provenance;
    private Operation operation;
    private Optional<String> revokes;
    private Schema schema;
    private long samples;
    private long nextSampleId;
    private List<Layout> layouts;
    private List<PageRef> pages;
    private List<FragmentEntry> fragments;
    private Digest chain;
    private Digest content;

    private Copy(VersionRecord of) {
      features = of.features;
      branch = of.branch;
      life = of.life;
      number = of.number;
      parent = of.parent;
      commit = of.commit;
      time = of.time;
      author = of.author;
      message = of.message;
      metadata = of.metadata;
      provenance = of.provenance;
      operation = of.operation;
      revokes = of.revokes;
      schema = of.schema;
      samples = of.samples;
      nextSampleId = of.nextSampleId;
      layouts = of.layouts;
      pages = of.pages;
      fragments = of.fragments;
      chain = of.chain;
      content = of.content;
    }

    /// Where it stands: behind a version, in a life of a branch.
    public Copy behind(VersionLink newParent, long newNumber, String newBranch, long newLife) {
      parent = Optional.of(newParent);
      number = newNumber;
      branch = newBranch;
      life = newLife;
      return this;
    }

    /// Which commit made it, and when.
    public Copy committed(String newCommit, Instant newTime) {
      commit = newCommit;
      time = newTime;
      return this;
    }

    /// What is told of it.
    public Copy told(
        String newAuthor,
        String newMessage,
        Map<String, String> newMetadata,
        Optional<Provenance> newProvenance) {
      author = newAuthor;
      message = newMessage;
      metadata = newMetadata;
      provenance = newProvenance;
      return this;
    }

    /// What it does.
    ///
    /// @param revoked the session that a fence revokes, or empty
    public Copy operation(Operation newOperation, Optional<String> revoked) {
      operation = newOperation;
      revokes = revoked;
      return this;
    }

    /// What samples it has, which gives it a digest of its content.
    public Copy samples(Schema newSchema, long newSamples, long newNextSampleId, Digest newChain) {
      schema = newSchema;
      samples = newSamples;
      nextSampleId = newNextSampleId;
      chain = newChain;
      content = Digests.content(newSchema, newChain);
      return this;
    }

    /// The layouts of its fragments.
    public Copy layouts(List<Layout> newLayouts) {
      layouts = newLayouts;
      return this;
    }

    /// Its fragments: in pages, and those behind them.
    public Copy fragments(List<PageRef> newPages, List<FragmentEntry> newFragments) {
      pages = newPages;
      fragments = newFragments;
      return this;
    }

    /// The record.
    public VersionRecord record() {
      return new VersionRecord(
          features,
          branch,
          life,
          number,
          parent,
          commit,
          time,
          author,
          message,
          metadata,
          provenance,
          operation,
          revokes,
          schema,
          samples,
          nextSampleId,
          layouts,
          pages,
          fragments,
          chain,
          content);
    }
  }
}
