package io.penstock.version;

import io.penstock.format.RootRecord;
import io.penstock.store.Store;
import java.time.InstantSource;
import java.util.function.BiFunction;

/// The pieces of a log, put together once. Thread-safe, since all of them are.
///
/// @param conditions makes sure, before the first write, that the store keeps conditions
/// @param records the metadata objects
/// @param publication creates objects once
/// @param together sends requests out together
/// @param heads finds the newest version of a branch
/// @param refs what names mean
/// @param committer takes the next number of a branch
/// @param drafts makes records
/// @param ids makes ids
/// @param clock tells the time
record Workings(
    Conditions conditions,
    MetadataStore records,
    Publication publication,
    Together together,
    Heads heads,
    RefLog refs,
    Committer committer,
    Drafts drafts,
    Ids ids,
    InstantSource clock) {
  /// How a committer is made of its pieces.
  @FunctionalInterface
  interface CommitterMaker {
    /// Makes it.
    Committer make(
        MetadataStore records,
        Publication publication,
        Together together,
        Backoff backoff,
        Drafts drafts);
  }

  /// The pieces for these parts.
  static Workings of(VersionLog.Parts parts) {
    return of(parts, Publication::new, Committer::new);
  }

  /// The pieces for these parts, with the two that decide about commits made otherwise: a test
  /// plants mistakes there and sees that they are found.
  static Workings of(
      VersionLog.Parts parts,
      BiFunction<Store, Backoff, Publication> publicationMaker,
      CommitterMaker committerMaker) {
    MetadataStore records = new MetadataStore(parts.store());
    Together together = new Together(parts.executor());
    Backoff backoff = new Backoff(parts.random(), parts.sleeper());
    Publication publication = publicationMaker.apply(parts.store(), backoff);
    RefLog refs = new RefLog(parts.store(), records, publication, together, parts.clock());
    Drafts drafts = new Drafts(records, parts.clock());
    Ids ids = new Ids(parts.random());
    return new Workings(
        new Conditions(parts.store(), ids, parts.singleWriter()),
        records,
        publication,
        together,
        new Heads(records, refs, together),
        refs,
        committerMaker.make(records, publication, together, backoff, drafts),
        drafts,
        ids,
        parts.clock());
  }

  /// Makes the dataset.
  RootRecord create() {
    return new Creation(records, refs, committer, publication, drafts, ids, clock).create();
  }

  /// Sessions on these pieces.
  Sessions sessions() {
    return new Sessions(records, publication, together, heads, committer, ids, clock);
  }

  /// Branches and tags on these pieces.
  Branches branches() {
    return new Branches(records, heads, refs, committer, drafts, together, ids);
  }
}
