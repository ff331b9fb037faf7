package io.penstock.format;

import io.penstock.codec.Codecs;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;

/// The JSON objects of a dataset: bytes to records and back, as pure functions. Encoding is
/// canonical: equal records have equal bytes. Decoding checks the checksum, every member and every
/// limit, and that the object belongs under its key. Immutable, thread-safe.
///
/// Encoding throws [io.penstock.error.RefusedException] with code `LIMIT_EXCEEDED` for a record
/// that is too large. Decoding throws [CorruptDataException] with code `METADATA_CORRUPT`, or
/// `UNSUPPORTED` for a format version, a feature, a codec or a data type that this library does not
/// know; either names key, member, value and limit.
public final class Records {
  private final VersionJson versions;

  /// Records whose codec chains use these codecs.
  public Records(Codecs codecs) {
    this.versions = new VersionJson(new LayoutJson(new Chains(codecs)));
  }

  /// Records whose codec chains use the codecs of this library.
  public static Records standard() {
    return new Records(Codecs.standard());
  }

  /// The bytes of a version record; at most [VersionRecord#MAX_BYTES].
  public byte[] encode(VersionRecord version) {
    return VersionJson.print(version);
  }

  /// A version record.
  ///
  /// @param key where the bytes lie, below the dataset's root; branch, life and number must agree
  public VersionRecord decodeVersion(String key, byte[] bytes) {
    VersionRecord version = versions.parse(key, bytes);
    checkPlace(key, ObjectKeys.version(version.branch(), version.life(), version.number()));
    return version;
  }

  /// The bytes that an entry adds to a record or page, the comma before it included.
  public int encodedBytes(FragmentEntry fragment) {
    return Json.print(FragmentJson.print(fragment)).length + 1;
  }

  /// The bytes of a page of a fragment list.
  public byte[] encode(Page page) {
    return PageJson.print(page);
  }

  /// A page of a fragment list. The caller compares the digest of the bytes with its [PageRef].
  public Page decodePage(String key, byte[] bytes) {
    return PageJson.parse(key, bytes);
  }

  /// The bytes of a ref.
  public byte[] encode(RefRecord ref) {
    return RefJson.print(ref);
  }

  /// A ref.
  ///
  /// @param key where the bytes lie, below the dataset's root; name and number must agree
  public RefRecord decodeRef(String key, byte[] bytes) {
    RefRecord ref = RefJson.parse(key, bytes);
    checkPlace(key, ObjectKeys.ref(ref.name(), ref.number()));
    return ref;
  }

  /// The bytes of a session.
  public byte[] encode(SessionRecord session) {
    return SessionJson.print(session);
  }

  /// A session.
  ///
  /// @param key where the bytes lie, below the dataset's root; the id must agree
  public SessionRecord decodeSession(String key, byte[] bytes) {
    SessionRecord session = SessionJson.parse(key, bytes);
    checkPlace(key, ObjectKeys.session(session.id()));
    return session;
  }

  /// The bytes of a hint: a number that existed when it was written.
  public byte[] encodeHint(long number) {
    return SessionJson.printHint(number);
  }

  /// The number that a hint names. A hint is advisory: whoever meets a damaged one goes on without.
  public long decodeHint(String key, byte[] bytes) {
    return SessionJson.parseHint(key, bytes);
  }

  /// The bytes of the root's `zarr.json`, a Zarr v3 group.
  public byte[] encode(RootRecord root) {
    return RootJson.print(root);
  }

  /// The dataset behind a root's `zarr.json`. A Zarr group without our attributes is no dataset:
  /// [io.penstock.error.NotFoundException] with code `DATASET_NOT_FOUND`.
  public RootRecord decodeRoot(String key, byte[] bytes) {
    return RootJson.parse(key, bytes);
  }

  /// An object under a key that is not its own is another one's bytes.
  private static void checkPlace(String key, String expected) {
    if (!key.equals(expected)) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT, key, "the object belongs under the key " + expected);
    }
  }
}
