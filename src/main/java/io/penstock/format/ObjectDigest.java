package io.penstock.format;

/// One object of a fragment, as digests see it.
///
/// @param path below the fragment, such as `image/c/0/0` or `zarr.json`
/// @param bytes its length
/// @param sha256 of its bytes
public record ObjectDigest(String path, long bytes, Digest sha256) {
  /// The digest of an object in memory.
  public static ObjectDigest of(String path, byte[] content) {
    return new ObjectDigest(path, content.length, Digest.sha256(content));
  }
}
