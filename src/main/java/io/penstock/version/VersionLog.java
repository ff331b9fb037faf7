package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Names;
import io.penstock.format.RefRecord;
import io.penstock.format.RootRecord;
import io.penstock.format.VersionContent;
import io.penstock.format.VersionLink;
import io.penstock.format.VersionRecord;
import io.penstock.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/// The versions of one dataset: what they are, what their names mean, and how one more is added.
///
/// Thread-safe; every method but [#root] blocks on the store. Failures are
/// [io.penstock.error.PenstockException]s: `VERSION_NOT_FOUND`, `NAME_EXISTS`, `COMMIT_CONFLICT`,
/// `SESSION_FENCED`, `OUTCOME_UNKNOWN`, `METADATA_CORRUPT`, `DATA_MISSING`, `STORE_INCAPABLE`, and
/// what the store itself throws. A damaged object is named by its key.
public final class VersionLog {
  /// The branch that every dataset has; it cannot be deleted.
  public static final String MAIN = "main";

  /// What a log is made of. The log borrows all of it: whoever made the parts closes them.
  ///
  /// @param store below whose root the dataset lies
  /// @param clock for the times in records
  /// @param random for ids and waiting times; ids must be unguessable across processes, so a
  ///   cryptographic one in production; thread-safe
  /// @param executor runs requests that go out together, each of which blocks: a new virtual thread
  ///   for each in production
  /// @param sleeper for the wait before a repetition
  /// @param singleWriter the caller promises that nobody else writes, so that a store without
  ///   conditional writes is accepted
  public record Parts(
      Store store,
      Clock clock,
      RandomGenerator random,
      Executor executor,
      Sleeper sleeper,
      boolean singleWriter) {}

  private final Workings workings;
  private final RootRecord root;
  private final Navigation navigation;
  private final Sessions sessions;
  private final Branches branches;

  private VersionLog(Workings workings, RootRecord root) {
    this.workings = workings;
    this.root = root;
    this.navigation = new Navigation(workings.records(), workings.heads(), workings.refs());
    this.sessions = workings.sessions();
    this.branches = workings.branches();
  }

  /// Makes a dataset with an empty version `main:0`. A creation that crashed can be repeated.
  ///
  /// @throws io.penstock.error.ConflictException `DATASET_EXISTS`
  /// @throws io.penstock.error.RefusedException `STORE_INCAPABLE` if the store ignores conditions
  ///   and the parts do not promise a single writer
  public static VersionLog create(Parts parts) {
    Workings workings = Workings.of(parts);
    workings.conditions().require();
    RootRecord root = workings.create();
    return new VersionLog(workings, root);
  }

  /// Opens a dataset, in one round trip.
  ///
  /// @throws io.penstock.error.NotFoundException `DATASET_NOT_FOUND`
  public static VersionLog open(Parts parts) {
    return open(Workings.of(parts));
  }

  /// The same over pieces that were made otherwise.
  static VersionLog open(Workings workings) {
    return new VersionLog(workings, workings.heads().open());
  }

  /// What the root says of the dataset: format, id, time of creation.
  public RootRecord root() {
    return root;
  }

  /// The newest version of a branch, including every commit that was acknowledged before the call;
  /// the version that the branch began at if it has none of its own.
  ///
  /// @throws io.penstock.error.NotFoundException `VERSION_NOT_FOUND` if there is no such branch
  public StoredVersion latest(String branch) {
    return workings.heads().latest(branch).newest();
  }

  /// A version by its number; numbers up to the branch point are those of the branch it began at.
  ///
  /// @throws io.penstock.error.NotFoundException `VERSION_NOT_FOUND`
  public StoredVersion at(String branch, long number) {
    return navigation.at(Names.check("branch", branch), number);
  }

  /// The newest version of a branch's history that is not younger than `time`.
  ///
  /// @throws io.penstock.error.NotFoundException `VERSION_NOT_FOUND` if all are younger
  public StoredVersion asOf(String branch, Instant time) {
    return navigation.asOf(branch, time);
  }

  /// The version that a link points to, checked against its digest.
  public StoredVersion load(VersionLink link) {
    return workings.records().version(link);
  }

  /// What a name means: a [RefRecord.Branch] or a [RefRecord.Tag]; empty if it means nothing (any
  /// more).
  public Optional<RefRecord> find(String name) {
    return workings.refs().find(Names.check("branch or tag", name));
  }

  /// All branches and tags, in order of their names.
  public List<RefRecord> refs() {
    return workings.refs().all();
  }

  /// The versions from this one back to the first of the dataset, across the points where branches
  /// began; `newest` itself comes first. Lazy: reads ahead a little. Each record is checked against
  /// the digest that its child holds. The iterator is for one thread at a time.
  public Iterator<StoredVersion> history(StoredVersion newest) {
    return new History(workings.records(), workings.together(), newest);
  }

  /// All that is needed to plan reads of a version: reads its pages, level by level, those of a
  /// level in parallel.
  public VersionContent content(StoredVersion version) {
    VersionRecord record = version.record();
    List<FragmentEntry> fragments =
        new FragmentList(workings.records(), workings.together()).read(record);
    return new VersionContent(record.schema(), record.layouts(), fragments);
  }

  /// Begins a session on a branch. It must be committed or closed.
  public Session begin(String branch) {
    workings.conditions().require();
    return sessions.begin(branch);
  }

  /// Says that a session is still alive. To be called every few minutes while data is written.
  public void renew(Session session) {
    sessions.renew(session);
  }

  /// Gives a session up: what it wrote becomes garbage. Idempotent. A session whose commit is in
  /// doubt keeps its object, so that nothing is collected before the doubt is resolved.
  public void close(Session session) {
    sessions.close(session);
  }

  /// Commits; behind concurrent appends automatically. A session that has committed is closed; one
  /// that met a conflict can commit again; one in doubt cannot.
  ///
  /// @throws io.penstock.error.ConflictException `SESSION_FENCED` if the session was revoked or its
  ///   branch was closed; nothing was committed and nothing will be
  /// @throws io.penstock.error.RefusedException if the append does not fit the schema that it
  ///   started from, or would need a record over its limit; nothing was committed
  public CommitOutcome commit(Session session, Append append) {
    return sessions.commit(session, append);
  }

  /// Ends the doubt about a commit: occupies its number with an empty version unless the number is
  /// taken.
  ///
  /// @throws io.penstock.error.OutcomeUnknownException if that is in doubt as well; try again
  public Resolution resolve(String branch, long number, String commitId) {
    workings.conditions().require();
    return branches.resolve(branch, number, commitId);
  }

  /// The same for the commit of a session that is still held: afterwards it is closed if the commit
  /// was applied, and can commit again if it was not.
  public Resolution resolve(Session session) {
    CommitOutcome.Unknown doubt =
        session
            .doubt()
            .orElseThrow(() ->
                new RefusedException(
                    ErrorCode.INVALID_ARGUMENT,
                    "session " + session.id() + " has no commit in doubt"));
    Resolution resolution = resolve(doubt.branch(), doubt.number(), doubt.commitId());
    sessions.resolved(session, resolution);
    return resolution;
  }

  /// Begins a branch at a version.
  ///
  /// @throws io.penstock.error.ConflictException `NAME_EXISTS` if the name is a branch or a tag
  public RefRecord createBranch(String name, VersionLink start) {
    workings.conditions().require();
    return branches.create(name, start);
  }

  /// Ends a branch: no commit to it succeeds any more. Its versions stay readable through tags and
  /// through branches that began at them. A deletion that crashed can be repeated.
  ///
  /// @throws io.penstock.error.RefusedException for `main`
  public void deleteBranch(String name) {
    workings.conditions().require();
    branches.delete(name);
  }

  /// Names a version for ever, or until the tag is deleted.
  ///
  /// @throws io.penstock.error.ConflictException `NAME_EXISTS` if the name is a branch or a tag
  public RefRecord createTag(String name, VersionLink target) {
    workings.conditions().require();
    return branches.createTag(name, target);
  }

  /// Deletes a tag; the version stays.
  public void deleteTag(String name) {
    workings.conditions().require();
    branches.deleteTag(name);
  }

  /// Checks the metadata that a version rests on: the root, the version's record and those before
  /// it, their pages, digests and sums, and what names mean. Reports what it finds and goes on.
  ///
  /// @param depth versions to look at, this one included; `Long.MAX_VALUE` for all
  public MetadataReport verify(StoredVersion version, long depth) {
    MetadataCheck check = new MetadataCheck(workings.records(), workings.refs());
    check.root();
    check.names();
    check.version(version.link(), depth);
    return check.report();
  }

  /// The same for every branch and every tag.
  public MetadataReport verify(long depth) {
    MetadataCheck check = new MetadataCheck(workings.records(), workings.refs());
    check.root();
    check.names().forEach(name -> check.head(name, depth));
    return check.report();
  }
}
