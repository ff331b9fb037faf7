package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The header of an NPY file, format versions 1.0, 2.0 and 3.0:
///
/// ```
/// file    = %x93 "NUMPY" major minor length header elements
/// length  = uint16 (version 1) / uint32 (versions 2 and 3), little-endian
/// header  = the text that [NpyDictionary] reads, padded with spaces and a newline
/// ```
///
/// Elements of Python objects and records are refused before anything of them is looked at.
final class NpyHeader {
  /// The longest header that is read.
  static final int MAX_HEADER_BYTES = 64 << 10;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  private NpyHeader() {}

  /// Whether a file that begins like this is an NPY file.
  static boolean begins(byte[] head) {
    return head.length >= MAGIC.length
        && Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  static ArrayHeader read(ByteInput input) {
    byte[] start = input.bytes(MAGIC.length + 2, "the NPY magic");
    if (!begins(start)) {
      throw input.malformed("does not begin with the NPY magic");
    }
    int major = Byte.toUnsignedInt(start[6]);
    int minor = Byte.toUnsignedInt(start[7]);
    if (major < 1 || major > 3 || minor != 0) {
      throw unsupported(
          input, "NPY version " + major + "." + minor + " is not known; 1.0, 2.0 and 3.0 are");
    }
    long length = headerLength(input, major);
    if (length > MAX_HEADER_BYTES) {
      throw input.malformed(
          "NPY header of " + length + " bytes exceeds the limit of " + MAX_HEADER_BYTES);
    }
    byte[] text = input.bytes(Math.toIntExact(length), "the NPY header");
    String header =
        new String(text, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    NpyDictionary dictionary = NpyDictionary.parse(header, input);
    return header(dictionary, input);
  }

  private static long headerLength(ByteInput input, int major) {
    ByteBuffer field =
        ByteBuffer.wrap(input.bytes(major == 1 ? 2 : 4, "the length of the NPY header"))
            .order(ByteOrder.LITTLE_ENDIAN);
    return major == 1
        ? Short.toUnsignedLong(field.getShort())
        : Integer.toUnsignedLong(field.getInt());
  }

  private static ArrayHeader header(NpyDictionary dictionary, ByteInput input) {
    String descr = dictionary.descr();
    long[] dimensions = dictionary.shape();
    if (dimensions.length == 0) {
      throw unsupported(
          input, "a single value (shape ()) has no axis of samples; shape (1,) would have one");
    }
    Element element = element(descr, input);
    Shape shape = Shape.of(dimensions);
    if (element.width() > 0) {
      shape = append(shape, element.width());
    }
    ByteOrder order = descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    boolean columnMajor = dictionary.fortranOrder() && element.width() == 0;
    if (dictionary.fortranOrder() && element.width() > 0 && dimensions.length > 1) {
      throw unsupported(input, "byte strings in Fortran order (descr '" + descr + "')");
    }
    return new ArrayHeader(element.type(), shape, order, columnMajor, element.meaning());
  }

  /// What one element becomes; `width` bytes of a byte string become an axis of their own, 0 for
  /// all others.
  private record Element(DataType type, long width, Optional<String> meaning) {
    static Element of(DataType type) {
      return new Element(type, 0, Optional.empty());
    }
  }

  private static Element element(String descr, ByteInput input) {
    if (descr.length() < 2 || "<>|=".indexOf(descr.charAt(0)) < 0) {
      throw input.malformed("NPY descr '" + shortened(descr) + "' is none");
    }
    String kind = descr.substring(1);
    if (descr.charAt(0) == '=') {
      throw unsupported(input, "NPY descr '" + descr + "' leaves the byte order open");
    }
    return switch (kind) {
      case "b1", "?" -> Element.of(DataType.BOOL);
      case "i1" -> Element.of(DataType.INT8);
      case "u1" -> Element.of(DataType.UINT8);
      case "i2" -> Element.of(DataType.INT16);
      case "u2" -> Element.of(DataType.UINT16);
      case "i4" -> Element.of(DataType.INT32);
      case "u4" -> Element.of(DataType.UINT32);
      case "i8" -> Element.of(DataType.INT64);
      case "u8" -> Element.of(DataType.UINT64);
      case "f2" -> Element.of(DataType.FLOAT16);
      case "f4" -> Element.of(DataType.FLOAT32);
      case "f8" -> Element.of(DataType.FLOAT64);
      case "c8" -> Element.of(DataType.COMPLEX64);
      case "c16" -> Element.of(DataType.COMPLEX128);
      default -> rarer(descr, kind, input);
    };
  }

  private static Element rarer(String descr, String kind, ByteInput input) {
    if (kind.startsWith("M8") || kind.startsWith("m8")) {
      String meaning = (kind.charAt(0) == 'M' ? "datetime64" : "timedelta64") + kind.substring(2);
      return new Element(DataType.INT64, 0, Optional.of(meaning));
    }
    if (kind.matches("S[1-9][0-9]{0,8}")) {
      return new Element(
          DataType.UINT8,
          Long.parseLong(kind.substring(1)),
          Optional.of("byte strings, padded with zeros"));
    }
    String why =
        switch (kind.charAt(0)) {
          case 'O' -> " holds Python objects, which only running code of the file's can read";
          case 'U' -> " holds Unicode text; encode it as bytes";
          default -> " is not known";
        };
    throw unsupported(input, "NPY descr '" + shortened(descr) + "'" + why);
  }

  private static Shape append(Shape shape, long dimension) {
    long[] longer = Arrays.copyOf(shape.toArray(), shape.rank() + 1);
    longer[shape.rank()] = dimension;
    return Shape.of(longer);
  }

  static CorruptDataException unsupported(ByteInput input, String detail) {
    return new CorruptDataException(ErrorCode.UNSUPPORTED, input.origin(), detail);
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
