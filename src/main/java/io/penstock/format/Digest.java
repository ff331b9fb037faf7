package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// A SHA-256 value.
///
/// @param hex 64 lower-case hexadecimal digits
public record Digest(String hex) {
  /// Bytes of a digest.
  public static final int BYTES = 32;

  static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  /// 32 zero bytes: where the chain of fragment digests starts.
  public static final Digest ZERO = new Digest("0".repeat(64));

  /// Checks the form.
  public Digest {
    if (!FORM.matcher(hex).matches()) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT, "digest is not 64 lower-case hexadecimal digits: " + hex);
    }
  }

  /// The digest whose 32 bytes these are.
  public static Digest of(byte[] bytes) {
    return new Digest(HexFormat.of().formatHex(bytes));
  }

  /// SHA-256 of these bytes.
  public static Digest sha256(byte[] content) {
    return of(newSha256().digest(content));
  }

  /// A fresh SHA-256, for content that comes piece by piece.
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /// The 32 bytes, a new array.
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }
}
