package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The formats that can be read, and how they are told apart: by what a file begins with.
public final class SampleSources {
  private static final int HEAD_BYTES = 264;

  private SampleSources() {}

  /// Opens inputs as one source: sample i of it is sample i of each. Reads heads and headers, so
  /// that what cannot be converted is refused before anything is written. The caller closes it.
  ///
  /// @param inputs at least one
  /// @param decode whether images are stored as pixels instead of their encoded bytes
  public static SampleSource open(List<SourceSpec> inputs, boolean decode) {
    if (inputs.isEmpty()) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "there is no input");
    }
    List<SampleSource> sources = new ArrayList<>();
    try {
      for (SourceSpec input : inputs) {
        sources.add(open(input, decode));
      }
      if (sources.size() == 1) {
        return sources.getFirst();
      }
      String origin = String.join(", ", sources.stream().map(SampleSource::origin).toList());
      return new ZippedSource(origin, sources, () -> {});
    } catch (RuntimeException e) {
      ZippedSource.closeAll(sources);
      throw e;
    }
  }

  private static SampleSource open(SourceSpec input, boolean decode) {
    Path path = input.path();
    if (Files.isDirectory(path)) {
      refuseMember(input);
      return new ImageFolderSource(path, input.name().orElse("image"), decode);
    }
    byte[] head = InputFiles.unpackedHead(path, HEAD_BYTES);
    if (begins(head, "PK\u0003\u0004") || begins(head, "PK\u0005\u0006")) {
      return NpzSource.open(path, input.member(), input.name());
    }
    refuseMember(input);
    if (NpyHeader.begins(head)) {
      return ArraySource.open(input.tensorName(), InputFiles.open(path), NpyHeader::read);
    }
    if (IdxHeader.begins(head)) {
      return ArraySource.open(input.tensorName(), InputFiles.open(path), IdxHeader::read);
    }
    throw new CorruptDataException(ErrorCode.UNSUPPORTED, path.toString(), unknown(head));
  }

  private static void refuseMember(SourceSpec input) {
    if (input.member().isPresent()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          input.path() + " is no NPZ file, so it has no array " + input.member().get());
    }
  }

  private static String unknown(byte[] head) {
    String known = "; IDX, NPY, NPZ and folders of images can be converted";
    Optional<String> image = MediaTypes.ofImage(head);
    if (image.isPresent()) {
      return "is a single image (" + image.get() + "); name the folder it is in";
    }
    if (begins(head, "\u0089HDF\r\n\u001a\n")) {
      return "is an HDF5 file" + known;
    }
    if (begins(head, "PAR1")) {
      return "is a Parquet file" + known;
    }
    if (head.length > 262
        && new String(head, 257, 5, java.nio.charset.StandardCharsets.ISO_8859_1).equals("ustar")) {
      return "is a tar archive" + known;
    }
    return head.length == 0 ? "is empty" + known : "is of a format that is not known" + known;
  }

  private static boolean begins(byte[] head, String magic) {
    byte[] wanted = magic.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    return java.util.Arrays.mismatch(head, wanted) == wanted.length
        || java.util.Arrays.equals(head, wanted);
  }
}
