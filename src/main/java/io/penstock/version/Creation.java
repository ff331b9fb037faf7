package io.penstock.version;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.RootRecord;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Makes a dataset: the ref of `main`, the record `main:0`, and the root last, so that there is no
/// dataset before it is whole. All three are created once; what a creation that crashed left behind
/// is taken over. Thread-safe.
final class Creation {
  private static final int FORMAT = 1;

  private final MetadataStore records;
  private final RefLog refs;
  private final Committer committer;
  private final Publication publication;
  private final Drafts drafts;
  private final Ids ids;
  private final InstantSource clock;

  Creation(
      MetadataStore records,
      RefLog refs,
      Committer committer,
      Publication publication,
      Drafts drafts,
      Ids ids,
      InstantSource clock) {
    this.records = records;
    this.refs = refs;
    this.committer = committer;
    this.publication = publication;
    this.drafts = drafts;
    this.ids = ids;
    this.clock = clock;
  }

  /// Makes it.
  ///
  /// @throws ConflictException `DATASET_EXISTS`
  RootRecord create() {
    if (records.bytes(ObjectKeys.ROOT).isPresent()) {
      throw exists();
    }
    RefRecord main =
        refs.publish(refs.ref(VersionLog.MAIN, 0, new RefRecord.Branch(Optional.empty())));
    if (!main.meaning().equals(new RefRecord.Branch(Optional.empty()))) {
      throw exists();
    }
    createFirst();
    return createRoot();
  }

  private void createFirst() {
    Drafts.Heading heading = new Drafts.Heading(VersionLog.MAIN, 0, ids.hexadecimal());
    switch (committer.publish(drafts.create(heading))) {
      case Committer.Taken.ByUs _ -> {}
      case Committer.Taken.ByOther other -> {
        if (other.version().record().operation() != Operation.CREATE) {
          throw exists();
        }
      }
      case Committer.Taken.Unknown unknown -> throw unfinished(unknown.reason());
    }
  }

  private RootRecord createRoot() {
    RootRecord root =
        new RootRecord(FORMAT, ids.hexadecimal(), clock.instant().truncatedTo(ChronoUnit.MILLIS));
    return switch (publication.publish(ObjectKeys.ROOT, records.encode(root))) {
      case Publication.Result.Created _ -> root;
      case Publication.Result.Found found -> {
        if (!records.decodeRoot(found.content()).equals(root)) {
          throw exists();
        }
        yield root;
      }
      case Publication.Result.Doubtful doubtful -> throw unfinished(doubtful.reason());
    };
  }

  private ConflictException exists() {
    return new ConflictException(
        ErrorCode.DATASET_EXISTS, "there is a dataset or a Zarr group at " + records.uri());
  }

  private TransientException unfinished(String reason) {
    return new TransientException(
        ErrorCode.OUTCOME_UNKNOWN,
        "the dataset at "
            + records.uri()
            + " may or may not have been made; open it, or make it again: "
            + reason);
  }
}
