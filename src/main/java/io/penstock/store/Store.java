package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Objects under keys below one root: a bucket and prefix, a directory, or memory.
///
/// Keys are relative to the root and checked by [Keys] before any request. Objects appear whole or
/// not at all. All methods are thread-safe. Apart from [#read] and [Upload#append] they block, are
/// meant for any thread, virtual ones included, and honour interrupts. Failures are
/// [io.penstock.error.PenstockException]s that name the key: `OBJECT_NOT_FOUND`, `NOT_PERMITTED`,
/// `STORE_UNAVAILABLE` (after the store's own retries), `PRECONDITION_FAILED`.
public interface Store extends AutoCloseable {
  /// The root: scheme, bucket or directory, prefix. Never holds a secret.
  URI uri();

  /// What is known of an object without reading it, or empty if there is none.
  Optional<ObjectInfo> stat(String key);

  /// Reads a range of an object into the segments that the landing offers, and nowhere else. Never
  /// blocks on the network; completes on a thread of the store's, so continuations must be short or
  /// go elsewhere. The landing's segments are borrowed until the future is done, also when it is
  /// cancelled. Completes with the information of the object that was read; fails with
  /// [io.penstock.error.NotFoundException], or with a [io.penstock.error.CorruptDataException] when
  /// the object is shorter than the range needs, or with `PRECONDITION_FAILED` when the pinned tag
  /// does not match.
  CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing);

  /// Says that bytes of an object, as a read gave them, are not those that were written. A store
  /// that keeps copies lets go of this one, so that the next read is of the object itself; one that
  /// knows several ways to the object takes another one then; others do nothing. Does not block.
  default void distrust(String key, ByteRange range) {}

  /// Reads a whole small object, such as metadata, or returns empty if there is none.
  ///
  /// @param maxBytes refuse a larger object before allocating anything
  Optional<StoredObject> get(String key, long maxBytes);

  /// Puts an object in one request. The body is borrowed for the call.
  ///
  /// For `CREATE_ONLY`: [PutResult.Stored] if this call certainly created it, [PutResult.Exists] if
  /// the store said that the key is taken (perhaps by an earlier attempt of this very request). A
  /// conditional request is sent once, never retried here; when its outcome is unknown, because an
  /// answer was lost or the store failed after the bytes went out, the result is
  /// [PutResult.Unknown].
  PutResult put(String key, MemorySegment body, PutCondition condition);

  /// Begins an object that is streamed in parts; it becomes visible when completed.
  Upload upload(String key);

  /// One page of the objects whose keys begin with `prefix`, in order of their UTF-8 bytes.
  ///
  /// @param startAfter only keys after this one; empty for the first page
  /// @param maxKeys at most so many, 1 to 1,000
  ObjectPage list(String prefix, String startAfter, int maxKeys);

  /// The names of the direct "directories" below `prefix` (which is empty or ends with `/`): common
  /// prefixes up to the next `/`, each ending with `/`, over all pages, in order.
  List<String> listDirectories(String prefix);

  /// Deletes an object; deleting an absent one is no failure.
  void delete(String key);

  /// Whether many small reads take no longer than a few large ones of the same bytes, as where a
  /// page cache answers: then reading more at once than is needed soon is of no use. Never blocks.
  default boolean near() {
    return false;
  }

  /// What it has repeated so far, and how often it was asked for fewer requests. Never blocks.
  default StoreCounts counts() {
    return StoreCounts.NONE;
  }

  /// Releases connections and threads. Reads in flight fail, and no memory that was lent to them is
  /// touched any more when this returns. May be called from a stage of the future of a read or of a
  /// part of an upload, but never from a [Landing].
  @Override
  void close();
}
