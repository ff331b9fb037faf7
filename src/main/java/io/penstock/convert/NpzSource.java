package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// The arrays of an NPZ file: a zip archive with one NPY file for each, named after it. Members are
/// streamed side by side out of the archive, never unpacked to disk.
final class NpzSource {
  /// The most members of an archive.
  static final int MAX_MEMBERS = 1024;

  /// How often a member's bytes may exceed its packed bytes.
  static final long MAX_RATIO = 1000;

  private static final long ALWAYS_ALLOWED_BYTES = 1 << 20;

  private NpzSource() {}

  /// Opens all members, or the one that is asked for, under another name if one is given.
  static SampleSource open(Path file, Optional<String> member, Optional<String> name) {
    ZipDirectory.check(file, MAX_MEMBERS);
    ZipFile archive = archive(file);
    List<ArraySource> arrays = new ArrayList<>();
    try {
      List<? extends ZipEntry> entries = entries(file, archive, member);
      if (entries.size() > 1 && name.isPresent()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            file
                + " has "
                + entries.size()
                + " arrays, so the name "
                + name.get()
                + " does not say which; choose one with "
                + file
                + "#MEMBER");
      }
      for (ZipEntry entry : entries) {
        arrays.add(array(file, archive, entry, name.orElse(stem(entry))));
      }
      return new ZippedSource(file.toString(), arrays, archive);
    } catch (RuntimeException e) {
      ZippedSource.closeAll(arrays);
      close(file, archive);
      throw e;
    }
  }

  private static List<? extends ZipEntry> entries(
      Path file, ZipFile archive, Optional<String> member) {
    List<? extends ZipEntry> entries = archive.stream().toList();
    Set<String> names = new HashSet<>();
    for (ZipEntry entry : entries) {
      if (!entry.getName().endsWith(".npy")) {
        throw malformed(file, "member " + shown(entry) + " is no .npy file");
      }
      if (!names.add(stem(entry))) {
        throw malformed(file, "two members are named " + shown(entry));
      }
    }
    if (entries.isEmpty()) {
      throw malformed(file, "has no members");
    }
    if (member.isEmpty()) {
      return entries;
    }
    return entries.stream()
        .filter(entry -> stem(entry).equals(member.get()))
        .findFirst()
        .map(List::of)
        .orElseThrow(() ->
            new NotFoundException(
                ErrorCode.OBJECT_NOT_FOUND,
                file
                    + " has no array "
                    + member.get()
                    + "; it has "
                    + names.stream().sorted().toList()));
  }

  private static ArraySource array(Path file, ZipFile archive, ZipEntry entry, String name) {
    String origin = file + "#" + shown(entry);
    checkSize(origin, entry);
    try {
      InputStream stream = new Checked(archive.getInputStream(entry), entry);
      ByteInput input =
          new ByteInput(origin, Channels.newChannel(stream), OptionalLong.of(entry.getSize()));
      return ArraySource.open(name, input, NpyHeader::read);
    } catch (IOException e) {
      throw InputFiles.unreadable(origin, e);
    }
  }

  /// Compares a member's checksum when its end is reached, which the JDK leaves to its callers.
  private static final class Checked extends CheckedInputStream {
    private final ZipEntry entry;

    Checked(InputStream stream, ZipEntry entry) {
      super(stream, new CRC32());
      this.entry = entry;
    }

    @Override
    public int read() throws IOException {
      return checked(super.read());
    }

    @Override
    public int read(byte[] target, int from, int count) throws IOException {
      return checked(super.read(target, from, count));
    }

    private int checked(int answer) throws ZipException {
      if (answer < 0 && getChecksum().getValue() != entry.getCrc()) {
        throw new ZipException("the checksum of the member does not match");
      }
      return answer;
    }
  }

  private static void checkSize(String origin, ZipEntry entry) {
    long size = entry.getSize();
    long packed = entry.getCompressedSize();
    if (size < 0 || packed < 0) {
      throw new CorruptDataException(
          ErrorCode.INPUT_MALFORMED, origin, "the archive does not say how long the member is");
    }
    if (size > ALWAYS_ALLOWED_BYTES && size / MAX_RATIO > packed) {
      throw new CorruptDataException(
          ErrorCode.INPUT_MALFORMED,
          origin,
          size + " bytes out of " + packed + " exceed the limit of " + MAX_RATIO + " to 1");
    }
  }

  private static String stem(ZipEntry entry) {
    String name = entry.getName();
    return name.endsWith(".npy") ? name.substring(0, name.length() - ".npy".length()) : name;
  }

  private static String shown(ZipEntry entry) {
    String name = entry.getName();
    return name.length() <= 140 ? name : name.substring(0, 140) + "…";
  }

  private static ZipFile archive(Path file) {
    try {
      return new ZipFile(file.toFile());
    } catch (IOException e) {
      throw InputFiles.unreadable(file.toString(), e);
    }
  }

  private static void close(Path file, ZipFile archive) {
    try {
      archive.close();
    } catch (IOException e) {
      throw InputFiles.unreadable(file.toString(), e);
    }
  }

  private static CorruptDataException malformed(Path file, String detail) {
    return new CorruptDataException(ErrorCode.INPUT_MALFORMED, file.toString(), detail);
  }
}
