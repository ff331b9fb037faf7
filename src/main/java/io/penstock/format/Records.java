package io.penstock.format;

/// The JSON objects of a dataset: bytes to records and back, as pure functions. Encoding is
/// canonical: equal records have equal bytes. Decoding checks the checksum, every member and every
/// limit, and that the object belongs under its key. Immutable, thread-safe.
///
/// Encoding throws [io.penstock.error.RefusedException] with code `LIMIT_EXCEEDED` for a record that
/// is too large. Decoding throws [io.penstock.error.CorruptDataException] with code
/// `METADATA_CORRUPT`, or `UNSUPPORTED` for a format version, a feature, a codec or a data type that
/// this library does not know; either names key, member, value and limit.
public final class Records {
  private Records() {}

  /// Records whose codec chains use the codecs of this library.
  public static Records standard() {
    return new Records();
  }

  /// The bytes of a version record; at most [VersionRecord#MAX_BYTES].
  public byte[] encode(VersionRecord version) {
    throw new UnsupportedOperationException("format room");
  }

  /// A version record.
  ///
  /// @param key where the bytes lie, below the dataset's root; branch, life and number must agree
  public VersionRecord decodeVersion(String key, byte[] bytes) {
    throw new UnsupportedOperationException("format room");
  }

  /// The bytes that an entry adds to a record or page, the comma before it included.
  public int encodedBytes(FragmentEntry fragment) {
    throw new UnsupportedOperationException("format room");
  }

  /// The bytes of a page of a fragment list.
  public byte[] encode(Page page) {
    throw new UnsupportedOperationException("format room");
  }

  /// A page of a fragment list. The caller compares the digest of the bytes with its [PageRef].
  public Page decodePage(String key, byte[] bytes) {
    throw new UnsupportedOperationException("format room");
  }

  /// The bytes of a ref.
  public byte[] encode(RefRecord ref) {
    throw new UnsupportedOperationException("format room");
  }

  /// A ref.
  ///
  /// @param key where the bytes lie, below the dataset's root; name and number must agree
  public RefRecord decodeRef(String key, byte[] bytes) {
    throw new UnsupportedOperationException("format room");
  }

  /// The bytes of a session.
  public byte[] encode(SessionRecord session) {
    throw new UnsupportedOperationException("format room");
  }

  /// A session.
  ///
  /// @param key where the bytes lie, below the dataset's root; the id must agree
  public SessionRecord decodeSession(String key, byte[] bytes) {
    throw new UnsupportedOperationException("format room");
  }

  /// The bytes of a hint: a number that existed when it was written.
  public byte[] encodeHint(long number) {
    throw new UnsupportedOperationException("format room");
  }

  /// The number that a hint names. A hint is advisory: whoever meets a damaged one goes on without.
  public long decodeHint(String key, byte[] bytes) {
    throw new UnsupportedOperationException("format room");
  }

  /// The bytes of the root's `zarr.json`, a Zarr v3 group.
  public byte[] encode(RootRecord root) {
    throw new UnsupportedOperationException("format room");
  }

  /// The dataset behind a root's `zarr.json`. A Zarr group without our attributes is no dataset:
  /// [io.penstock.error.NotFoundException] with code `DATASET_NOT_FOUND`.
  public RootRecord decodeRoot(String key, byte[] bytes) {
    throw new UnsupportedOperationException("format room");
  }
}
