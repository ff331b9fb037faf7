package io.penstock.version;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.Digest;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Page;
import io.penstock.format.PageRef;
import io.penstock.format.Records;
import io.penstock.format.RefRecord;
import io.penstock.format.RootRecord;
import io.penstock.format.SessionRecord;
import io.penstock.format.VersionLink;
import io.penstock.format.VersionRecord;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/// The metadata objects of a dataset, as records: each method is one request. Thread-safe.
final class MetadataStore {
  /// The most bytes of a metadata object, whatever it is.
  static final long MAX_OBJECT_BYTES = 16L << 20;

  private final Store store;
  private final Records records = Records.standard();

  MetadataStore(Store store) {
    this.store = store;
  }

  /// Where the dataset lies.
  URI uri() {
    return store.uri();
  }

  /// A ref by its number.
  Optional<RefRecord> ref(String name, long number) {
    String key = ObjectKeys.ref(name, number);
    return bytes(key).map(content -> decodeRef(key, content));
  }

  /// A version by its number.
  Optional<StoredVersion> version(String branch, long life, long number) {
    String key = ObjectKeys.version(branch, life, number);
    return bytes(key).map(content -> decodeVersion(key, content));
  }

  /// The version that a link points to.
  ///
  /// @throws CorruptDataException if it is not there, or is another one
  StoredVersion version(VersionLink link) {
    return version(link.branch(), link.life(), link.number())
        .map(found -> requireSame(link, found))
        .orElseThrow(() -> missing(keyOf(link), "it is version " + link));
  }

  /// Returns the version if it is the one that the link means.
  static StoredVersion requireSame(VersionLink link, StoredVersion found) {
    if (!found.link().equals(link)) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          keyOf(link),
          "record digest is " + found.link().record().hex() + ", linked as " + link.record().hex());
    }
    return found;
  }

  /// A page, checked against the digest and the sums that name it.
  Page page(PageRef ref) {
    String key = ObjectKeys.page(ref.id());
    return decodePage(ref, bytes(key).orElseThrow(() -> missing(key, "a fragment list names it")));
  }

  /// A page behind bytes, checked likewise.
  Page decodePage(PageRef ref, byte[] content) {
    String key = ObjectKeys.page(ref.id());
    Digest found = Digest.sha256(content);
    if (!found.equals(ref.digest())) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          key,
          "page digest is " + found.hex() + ", recorded as " + ref.digest().hex());
    }
    return PageSums.requireSame(key, ref, records.decodePage(key, content));
  }

  /// Whether there is an object.
  boolean exists(String key) {
    return store.stat(key).isPresent();
  }

  /// The bytes of an object, or empty if there is none.
  Optional<byte[]> bytes(String key) {
    return store.get(key, MAX_OBJECT_BYTES).map(StoredObject::content);
  }

  /// A version behind bytes that were read or are about to be put.
  StoredVersion decodeVersion(String key, byte[] content) {
    VersionRecord record = records.decodeVersion(key, content);
    VersionLink link =
        new VersionLink(record.branch(), record.life(), record.number(), Digest.sha256(content));
    return new StoredVersion(record, link);
  }

  /// The dataset's root behind bytes.
  RootRecord decodeRoot(byte[] content) {
    return records.decodeRoot(ObjectKeys.ROOT, content);
  }

  /// The number that a hint names. Empty also when the hint is damaged: it is advice, and opening
  /// goes on without it; a check of the metadata reports it.
  OptionalLong decodeHint(String key, byte[] content) {
    try {
      return OptionalLong.of(requireHint(key, content));
    } catch (CorruptDataException _) {
      return OptionalLong.empty();
    }
  }

  /// The number that a hint names, which must not be damaged.
  long requireHint(String key, byte[] content) {
    return records.decodeHint(key, content);
  }

  /// A ref behind bytes.
  RefRecord decodeRef(String key, byte[] content) {
    return records.decodeRef(key, content);
  }

  /// A session behind bytes.
  SessionRecord decodeSession(String key, byte[] content) {
    return records.decodeSession(key, content);
  }

  /// The bytes of a version record, decoded again and compared before anybody sees them.
  byte[] encode(VersionRecord record) {
    String key = ObjectKeys.version(record.branch(), record.life(), record.number());
    return proved(key, record, records.encode(record), records::decodeVersion);
  }

  /// The bytes of a page, decoded again and compared.
  byte[] encode(String id, Page page) {
    return proved(ObjectKeys.page(id), page, records.encode(page), records::decodePage);
  }

  /// The bytes of a ref, decoded again and compared.
  byte[] encode(RefRecord ref) {
    String key = ObjectKeys.ref(ref.name(), ref.number());
    return proved(key, ref, records.encode(ref), records::decodeRef);
  }

  /// The bytes of a session, decoded again and compared.
  byte[] encode(SessionRecord session) {
    String key = ObjectKeys.session(session.id());
    return proved(key, session, records.encode(session), records::decodeSession);
  }

  /// The bytes of a root, decoded again and compared.
  byte[] encode(RootRecord root) {
    return proved(ObjectKeys.ROOT, root, records.encode(root), records::decodeRoot);
  }

  /// Puts a hint. Later ones replace earlier ones.
  void putHint(String branch, long life, long number) {
    replace(ObjectKeys.hint(branch, life), records.encodeHint(number));
  }

  /// Puts an object whose bytes under this key are always the same, or whose latest bytes count.
  void replace(String key, byte[] content) {
    switch (store.put(key, MemorySegment.ofArray(content), PutCondition.NONE)) {
      case PutResult.Stored _ -> {}
      case PutResult.Exists _ ->
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE,
              "object " + key + ": the store refused to replace it, which needs no condition");
      case PutResult.Unknown unknown ->
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE, "object " + key + " was not put: " + unknown.reason());
    }
  }

  /// Deletes an object.
  void delete(String key) {
    store.delete(key);
  }

  /// The key of the record that a link points to.
  static String keyOf(VersionLink link) {
    return ObjectKeys.version(link.branch(), link.life(), link.number());
  }

  /// What is thrown for an object that must be there and is not.
  static CorruptDataException missing(String key, String why) {
    return new CorruptDataException(ErrorCode.DATA_MISSING, key, "is missing; " + why);
  }

  private static <T> byte[] proved(
      String key, T record, byte[] content, BiFunction<String, byte[], T> decode) {
    if (!decode.apply(key, content).equals(record)) {
      throw new RefusedException(
          ErrorCode.INTERNAL, "object " + key + " would not decode to what was encoded; not put");
    }
    return content;
  }
}
