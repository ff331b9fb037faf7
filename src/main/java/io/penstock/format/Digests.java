package io.penstock.format;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;

/// The digests of a fragment and of a version. Pure functions, independent of ids, keys, times and
/// of where a dataset lies.
public final class Digests {
  // Sorting by the bytes of the path, not by its UTF-16 units, is what other languages do too.

  private Digests() {}

  /// The digest of a fragment, or of its metadata alone, over these objects, in any order: SHA-256
  /// over, for each object in the order of the UTF-8 bytes of its path, the length of the path
  /// (u32), the path, the length of the object (u64) and its SHA-256; integers little-endian.
  ///
  /// @param objects each path once: all objects of the fragment, or all its `zarr.json`s
  public static Digest fragment(Collection<ObjectDigest> objects) {
    TreeMap<byte[], ObjectDigest> inOrder = new TreeMap<>(Arrays::compareUnsigned);
    for (ObjectDigest object : objects) {
      if (inOrder.put(object.path().getBytes(StandardCharsets.UTF_8), object) != null) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "object " + object.path() + " stands twice in a fragment");
      }
    }
    MessageDigest sha256 = Digest.newSha256();
    inOrder.forEach((path, object) -> {
      ByteBuffer entry =
          ByteBuffer.allocate(Integer.BYTES + path.length + Long.BYTES + Digest.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(path.length)
              .put(path)
              .putLong(object.bytes())
              .put(object.sha256().bytes());
      sha256.update(entry.array());
    });
    return Digest.of(sha256.digest());
  }

  /// The chain of a fragment list that goes on with one more fragment: SHA-256 over the 32 bytes of
  /// the chain before and the 32 bytes of the fragment's digest. It begins with [Digest#ZERO].
  public static Digest chain(Digest previous, Digest fragment) {
    MessageDigest sha256 = Digest.newSha256();
    sha256.update(previous.bytes());
    sha256.update(fragment.bytes());
    return Digest.of(sha256.digest());
  }

  /// The content digest of a version without deletions: SHA-256 over the schema in the form of RFC
  /// 8785, the chain of all its fragments, and the SHA-256 of no bytes.
  ///
  /// @param chain of all its fragments
  public static Digest content(Schema schema, Digest chain) {
    MessageDigest sha256 = Digest.newSha256();
    sha256.update(Json.printCanonical(SchemaJson.print(schema)));
    sha256.update(chain.bytes());
    sha256.update(Digest.sha256(new byte[0]).bytes());
    return Digest.of(sha256.digest());
  }
}
