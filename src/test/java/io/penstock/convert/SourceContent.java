package io.penstock.convert;

import io.penstock.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All samples of a source, read in blocks.
final class SourceContent {
  private final Map<String, ByteArrayOutputStream> bytes = new LinkedHashMap<>();
  private final Map<String, List<Integer>> shapes = new LinkedHashMap<>();
  private long samples;
  private int blocks;

  /// Opens what a user would write, and reads it in blocks of about so many bytes.
  static SourceContent of(int blockBytes, boolean decode, String... inputs) {
    List<SourceSpec> specs = java.util.stream.Stream.of(inputs).map(SourceSpec::parse).toList();
    try (SampleSource source = SampleSources.open(specs, decode)) {
      return read(source, blockBytes);
    }
  }

  static SourceContent of(Path file) {
    return of(1 << 20, false, file.toString());
  }

  static SourceContent read(SampleSource source, int blockBytes) {
    SourceContent content = new SourceContent();
    source
        .tensors()
        .forEach(tensor -> {
          content.bytes.put(tensor.name(), new ByteArrayOutputStream());
          content.shapes.put(tensor.name(), new ArrayList<>());
        });
    int fits = source.fitting(blockBytes);
    while (fits > 0) {
      try (Arena arena = Arena.ofConfined()) {
        List<Column> columns = source.read(fits, arena);
        for (int i = 0; i < columns.size(); i++) {
          content.add(source.tensors().get(i).name(), columns.get(i));
        }
      }
      content.samples += fits;
      content.blocks++;
      fits = source.fitting(blockBytes);
    }
    return content;
  }

  private void add(String tensor, Column column) {
    bytes.get(tensor).writeBytes(column.elements().toArray(ValueLayout.JAVA_BYTE));
    if (column instanceof Column.Ragged(MemorySegment _, MemorySegment lengths)) {
      for (int length : lengths.toArray(ValueLayout.JAVA_INT)) {
        shapes.get(tensor).add(length);
      }
    }
  }

  long samples() {
    return samples;
  }

  int blocks() {
    return blocks;
  }

  List<String> tensors() {
    return List.copyOf(bytes.keySet());
  }

  byte[] bytes(String tensor) {
    return bytes.get(tensor).toByteArray();
  }

  /// Lengths of ragged samples, one dimension behind the other.
  List<Integer> shapes(String tensor) {
    return shapes.get(tensor);
  }

  String sha256(String tensor) {
    return sha256(bytes(tensor));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// The type and shape of each tensor of an input, such as `image uint8[28, 28]`.
  static List<String> schema(boolean decode, String... inputs) {
    List<SourceSpec> specs = java.util.stream.Stream.of(inputs).map(SourceSpec::parse).toList();
    try (SampleSource source = SampleSources.open(specs, decode)) {
      return source.tensors().stream()
          .map(tensor ->
              tensor.name()
                  + " "
                  + tensor.type().zarrName()
                  + tensor.sampleShape()
                  + tensor.mediaType().map(type -> " " + type).orElse(""))
          .toList();
    }
  }

  /// A file of NPY version 1.0 with this header text, padded as NumPy pads it.
  static byte[] npy(String header, byte[] elements) {
    String padded = header + " ".repeat(Math.floorMod(-(10 + header.length() + 1), 64)) + "\n";
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.write(padded.length() & 0xff);
    file.write(padded.length() >> 8);
    file.writeBytes(padded.getBytes(StandardCharsets.ISO_8859_1));
    file.writeBytes(elements);
    return file.toByteArray();
  }

  static byte[] npy(String descr, boolean fortran, Shape shape, byte[] elements) {
    String tuple = java.util.Arrays.toString(shape.toArray()).replace("[", "(").replace("]", ",)");
    return npy(
        "{'descr': '"
            + descr
            + "', 'fortran_order': "
            + (fortran ? "True" : "False")
            + ", 'shape': "
            + (shape.rank() == 0 ? "()" : tuple)
            + ", }",
        elements);
  }
}
