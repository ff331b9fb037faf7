package io.penstock.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a command has to say, before it is known how it is printed: a tree of objects (maps in
/// order), arrays (lists) and values (text, numbers, booleans, [ByteCount], [java.time.Instant],
/// null).
///
/// @param tree an object or an array
/// @param rows the member of an object whose elements are the rows of `jsonl` and `csv`; empty for
///   the object itself, and for an array
/// @param essence what `-q` prints instead of a table, line by line
record Document(Object tree, Optional<String> rows, List<String> essence) {
  /// An array, its elements the rows.
  static Document array(List<?> elements, List<String> essence) {
    return new Document(elements, Optional.empty(), essence);
  }

  /// An object that is one row.
  static Document object(Fields fields, String... essence) {
    return new Document(fields.map(), Optional.empty(), List.of(essence));
  }

  /// An object with a member that holds the rows.
  static Document object(Fields fields, String rows, List<String> essence) {
    return new Document(fields.map(), Optional.of(rows), essence);
  }

  /// The rows of `jsonl` and `csv`.
  List<?> rowList() {
    if (tree instanceof List<?> elements) {
      return elements;
    }
    if (rows.isPresent() && tree instanceof Map<?, ?> members) {
      return (List<?>) java.util.Objects.requireNonNull(members.get(rows.get()), "rows");
    }
    return List.of(tree);
  }

  /// An object in the making.
  static final class Fields {
    private final Map<String, @Nullable Object> map = new LinkedHashMap<>();

    /// Adds a member; an absent optional becomes null.
    Fields with(String name, @Nullable Object value) {
      map.put(name, plain(value));
      return this;
    }

    Map<String, @Nullable Object> map() {
      return map;
    }

    private static @Nullable Object plain(@Nullable Object value) {
      return switch (value) {
        case Optional<?> optional -> optional.isPresent() ? plain(optional.get()) : null;
        case java.util.OptionalLong optional ->
            optional.isPresent() ? Long.valueOf(optional.getAsLong()) : null;
        case Fields fields -> fields.map();
        case io.penstock.tensor.Shape shape -> {
          List<Object> dimensions = new ArrayList<>();
          for (long dimension : shape.toArray()) {
            dimensions.add(dimension);
          }
          yield dimensions;
        }
        case null -> null;
        default -> value;
      };
    }
  }
}
