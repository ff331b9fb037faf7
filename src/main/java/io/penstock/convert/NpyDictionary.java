package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The text of an NPY header: the one Python literal that NumPy writes there, and no other.
///
/// ```
/// header = "{" entry *("," entry) [","] "}"
/// entry  = "'descr':" string / "'fortran_order':" ("True" / "False") / "'shape':" tuple
/// tuple  = "(" [number *("," number) [","]] ")"
/// number = 1*16DIGIT ["L"]
/// ```
///
/// Spaces may stand between all of these, either quote around strings; each key stands exactly
/// once.
///
/// @param descr the type of the elements
/// @param fortranOrder whether the first index runs fastest
/// @param dimensions of the array
@SuppressWarnings("ArrayRecordComponent") // private to the package, never compared
record NpyDictionary(String descr, boolean fortranOrder, long[] dimensions) {
  long[] shape() {
    return dimensions;
  }

  /// Reads the text of a header.
  static NpyDictionary parse(String text, ByteInput input) {
    return new Reader(text, input).header();
  }

  private static final class Reader {
    private final String text;
    private final ByteInput input;
    private int at;

    Reader(String text, ByteInput input) {
      this.text = text;
      this.input = input;
    }

    NpyDictionary header() {
      @Nullable String descr = null;
      @Nullable Boolean fortranOrder = null;
      long @Nullable [] shape = null;
      expect('{');
      while (!accept('}')) {
        int start = at;
        String key = string("a key");
        expect(':');
        boolean repeated =
            switch (key) {
              case "descr" -> descr != null;
              case "fortran_order" -> fortranOrder != null;
              case "shape" -> shape != null;
              default -> throw malformed("unknown key '" + key + "'", start);
            };
        if (repeated) {
          throw malformed("key '" + key + "' stands twice", start);
        }
        switch (key) {
          case "descr" -> descr = descr();
          case "fortran_order" -> fortranOrder = truth();
          default -> shape = tuple();
        }
        if (!accept(',')) {
          expect('}');
          break;
        }
      }
      spaces();
      if (at != text.length()) {
        throw malformed("text behind the dictionary", at);
      }
      if (descr == null || fortranOrder == null || shape == null) {
        throw malformed("descr, fortran_order and shape are all needed", 0);
      }
      return new NpyDictionary(descr, fortranOrder, shape);
    }

    private String descr() {
      spaces();
      if (at < text.length() && text.charAt(at) == '[') {
        throw NpyHeader.unsupported(
            input, "NPY descr is a list of fields: records are not converted, plain numbers are");
      }
      return string("descr");
    }

    private String string(String what) {
      spaces();
      char quote = at < text.length() ? text.charAt(at) : ' ';
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0) {
        throw malformed(what + " is no string", at);
      }
      String value = text.substring(at + 1, end);
      if (value.indexOf('\\') >= 0) {
        throw malformed(what + " holds an escape", at);
      }
      at = end + 1;
      return value;
    }

    private boolean truth() {
      spaces();
      for (String word : List.of("True", "False")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw malformed("fortran_order is neither True nor False", at);
    }

    private long[] tuple() {
      List<Long> numbers = new ArrayList<>();
      expect('(');
      while (!accept(')')) {
        numbers.add(number());
        if (!accept(',')) {
          expect(')');
          if (numbers.size() == 1) {
            throw malformed("shape is a number in brackets, not a tuple", at);
          }
          break;
        }
      }
      if (numbers.size() > Shape.MAX_RANK) {
        throw malformed("shape of rank " + numbers.size() + " exceeds " + Shape.MAX_RANK, at);
      }
      return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private long number() {
      spaces();
      int start = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (at == start || at - start > 16) {
        throw malformed("shape holds something that is no dimension", start);
      }
      long value = Long.parseLong(text, start, at, 10);
      if (at < text.length() && text.charAt(at) == 'L') {
        at++;
      }
      if (value > Shape.MAX_DIMENSION) {
        throw malformed("dimension " + value + " exceeds " + Shape.MAX_DIMENSION, start);
      }
      return value;
    }

    private boolean accept(char wanted) {
      spaces();
      if (at < text.length() && text.charAt(at) == wanted) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char wanted) {
      if (!accept(wanted)) {
        throw malformed("'" + wanted + "' is expected", at);
      }
    }

    private void spaces() {
      while (at < text.length() && " \t\r\n\f".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private CorruptDataException malformed(String what, int where) {
      return input.malformed("NPY header, character " + where + ": " + what);
    }
  }
}
