package io.penstock;

import io.penstock.error.OutcomeUnknownException;
import io.penstock.store.Store;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A versioned dataset at a URI. All methods that look at versions or names do I/O and block.
/// Thread-safe. Close it after its versions' loaders and its writers.
public final class Dataset implements AutoCloseable {
  Dataset() {}

  /// Where it lies.
  public URI uri() {
    throw new UnsupportedOperationException("front door");
  }

  /// Its id, 32 hexadecimal digits, given at creation.
  public String id() {
    throw new UnsupportedOperationException("front door");
  }

  /// When it was created.
  public Instant created() {
    throw new UnsupportedOperationException("front door");
  }

  /// The store it lies on, for tools; closed with the dataset.
  public Store store() {
    throw new UnsupportedOperationException("front door");
  }

  /// The newest version of `main`, every commit that was acknowledged before the call included.
  public Version version() {
    return version(Ref.latest());
  }

  /// The version that a reference means.
  ///
  /// @throws io.penstock.error.NotFoundException with code `VERSION_NOT_FOUND`
  public Version version(Ref ref) {
    throw new UnsupportedOperationException("front door " + ref);
  }

  /// Begins a writer; tensors need to be declared only if the dataset has none yet.
  public DatasetWriter.Builder writer() {
    throw new UnsupportedOperationException("front door");
  }

  /// The versions from a reference back to the first one, newest first, read as they are consumed.
  public Stream<Version> history(Ref ref) {
    throw new UnsupportedOperationException("front door " + ref);
  }

  /// The branches and tags there are, by name.
  public List<Name> names() {
    throw new UnsupportedOperationException("front door");
  }

  /// A branch or a tag.
  ///
  /// @param name unique among both
  /// @param kind branch or tag
  /// @param version what it means now, such as `main:12`
  /// @param created when the name was made
  public record Name(String name, Kind kind, String version, Instant created) {
    /// What a name can be.
    public enum Kind {
      /// Moves with each commit.
      BRANCH,
      /// One version for ever.
      TAG
    }
  }

  /// Makes a branch that begins at a version.
  ///
  /// @throws io.penstock.error.ConflictException with code `NAME_EXISTS`
  public void createBranch(String name, Ref start) {
    throw new UnsupportedOperationException("front door " + name + start);
  }

  /// Ends a branch. Its versions stay as long as something else reaches them.
  public void deleteBranch(String name) {
    throw new UnsupportedOperationException("front door " + name);
  }

  /// Gives a version a name for ever.
  ///
  /// @throws io.penstock.error.ConflictException with code `NAME_EXISTS`
  public void createTag(String name, Ref version) {
    throw new UnsupportedOperationException("front door " + name + version);
  }

  /// Takes a tag away.
  public void deleteTag(String name) {
    throw new UnsupportedOperationException("front door " + name);
  }

  /// Settles a commit whose outcome is unknown: after it the commit is in the history, and its
  /// version is returned, or it never will be, and the result is empty.
  public java.util.Optional<Version> resolve(OutcomeUnknownException doubtful) {
    throw new UnsupportedOperationException("front door " + doubtful);
  }

  /// Checks a version: its record and those before it, its pages, and every object of every
  /// fragment. Reports each problem and goes on.
  ///
  /// @param share of the chunks to read and decode, above 0 to 1
  public Verification verify(Ref ref, double share, Consumer<Problem> problems) {
    throw new UnsupportedOperationException("front door " + ref + share + problems);
  }

  /// What a check looked at.
  ///
  /// @param objects that were looked at
  /// @param chunks that were decoded
  /// @param bytes that were read
  /// @param problems that were found
  public record Verification(long objects, long chunks, long bytes, long problems) {}

  /// One piece of damage.
  ///
  /// @param code stable, such as `data-corrupt`
  /// @param object key
  /// @param tensor name, or empty where the damage affects no tensor
  /// @param fromSample first affected position in the version, −1 where none is affected
  /// @param toSample end of them, exclusive
  /// @param message what was found and expected, in the words of a failing read
  public record Problem(
      String code, String object, String tensor, long fromSample, long toSample, String message) {}

  /// Closes the store.
  @Override
  public void close() {
    throw new UnsupportedOperationException("front door");
  }
}
