package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Opening the files that a conversion reads, and what their failures mean.
final class InputFiles {
  private static final int BUFFER_BYTES = 1 << 16;

  private InputFiles() {}

  /// A file from its first byte on; what gzip packed comes unpacked.
  static ByteInput open(Path file) {
    try {
      boolean packed = gzip(head(file, 2));
      return packed
          ? new ByteInput(
              file.toString(),
              Channels.newChannel(unpacked(Files.newInputStream(file))),
              OptionalLong.empty())
          : new ByteInput(
              file.toString(), FileChannel.open(file), OptionalLong.of(Files.size(file)));
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /// The first bytes of a file, unpacked if gzip packed them; fewer if it is shorter.
  static byte[] unpackedHead(Path file, int bytes) {
    byte[] head = head(file, bytes);
    if (!gzip(head)) {
      return head;
    }
    try (InputStream stream = unpacked(Files.newInputStream(file))) {
      return stream.readNBytes(bytes);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /// The first bytes of a file as they are; fewer if it is shorter.
  static byte[] head(Path file, int bytes) {
    try (InputStream stream = Files.newInputStream(file)) {
      return stream.readNBytes(bytes);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /// The length of a file.
  static long length(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /// The failure that an exception of the file system stands for.
  static PenstockException unreadable(String origin, IOException e) {
    return switch (e) {
      case NoSuchFileException missing ->
          new NotFoundException(ErrorCode.OBJECT_NOT_FOUND, "there is no input " + origin, missing);
      case AccessDeniedException denied ->
          new RefusedException(ErrorCode.NOT_PERMITTED, "no permission to read " + origin, denied);
      case ClosedByInterruptException interrupted ->
          new TransientException(
              ErrorCode.INTERRUPTED, "interrupted while reading " + origin, interrupted);
      case ZipException damaged -> malformed(origin, damaged);
      case EOFException cut -> malformed(origin, cut);
      default ->
          new TransientException(
              ErrorCode.STORE_UNAVAILABLE, "cannot read " + origin + ": " + e.getMessage(), e);
    };
  }

  private static CorruptDataException malformed(String origin, IOException e) {
    String reason = e instanceof EOFException ? "compressed data ends early" : e.getMessage();
    CorruptDataException failure =
        new CorruptDataException(
            ErrorCode.INPUT_MALFORMED, origin, "is not sound compressed data: " + reason);
    failure.addSuppressed(e);
    return failure;
  }

  private static boolean gzip(byte[] head) {
    return head.length >= 2 && head[0] == 0x1f && head[1] == (byte) 0x8b;
  }

  private static InputStream unpacked(InputStream raw) throws IOException {
    try {
      return new GZIPInputStream(new BufferedInputStream(raw, BUFFER_BYTES), BUFFER_BYTES);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }
}
