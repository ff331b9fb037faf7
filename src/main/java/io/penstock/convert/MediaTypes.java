package io.penstock.convert;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// What kind of image a file is, by its first bytes; names and extensions do not count.
final class MediaTypes {
  /// As many bytes as [#ofImage] looks at.
  static final int HEAD_BYTES = 12;

  private MediaTypes() {}

  /// The media type of an image that begins like this, or empty if it is none that is known.
  static Optional<String> ofImage(byte[] head) {
    if (begins(head, 0, "\u0089PNG\r\n\u001a\n")) {
      return Optional.of("image/png");
    }
    if (begins(head, 0, "\u00ff\u00d8\u00ff")) {
      return Optional.of("image/jpeg");
    }
    if (begins(head, 0, "GIF87a") || begins(head, 0, "GIF89a")) {
      return Optional.of("image/gif");
    }
    if (begins(head, 0, "RIFF") && begins(head, 8, "WEBP")) {
      return Optional.of("image/webp");
    }
    if (begins(head, 0, "II*\0") || begins(head, 0, "MM\0*")) {
      return Optional.of("image/tiff");
    }
    if (begins(head, 0, "BM")) {
      return Optional.of("image/bmp");
    }
    return Optional.empty();
  }

  private static boolean begins(byte[] head, int at, String magic) {
    byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
    return head.length >= at + wanted.length
        && Arrays.equals(head, at, at + wanted.length, wanted, 0, wanted.length);
  }
}
