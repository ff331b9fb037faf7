package io.penstock;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The import table of `ARCHITECTURE.md`: which room may import which.
///
/// It is the Markdown table whose header is `| room | exported | may import |`. The first cell
/// names one or more rooms in backticks and may say `planned`, the second begins with `yes` or
/// `no`, the third names rooms in backticks. A room whose third cell says `every room may import
/// it` is open to all.
///
/// @param rows the rows by the name of their room, in the order of the file
/// @param open the rooms that every room may import
record ImportTable(Map<String, Row> rows, Set<String> open) {
  /// The package that holds all rooms; also the name of the room that is that package itself.
  static final String ROOT = "io.penstock";

  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");
  private static final String HEADER = "| room | exported | may import |";

  /// One room: whether users may use it, whether it is yet to come, and what it may import.
  record Row(boolean exported, boolean planned, Set<String> imports) {}

  /// Reads the table out of the text of `ARCHITECTURE.md`.
  static ImportTable parse(String markdown) {
    Map<String, Row> rows = new LinkedHashMap<>();
    Set<String> open = new TreeSet<>();
    for (String[] cells : cells(markdown)) {
      String second = cells[2].strip();
      if (!second.startsWith("yes") && !second.startsWith("no")) {
        throw new IllegalArgumentException("neither yes nor no: " + String.join("|", cells));
      }
      Row row = new Row(second.startsWith("yes"), cells[1].contains("planned"), names(cells[3]));
      for (String room : names(cells[1])) {
        if (rows.put(room, row) != null) {
          throw new IllegalArgumentException("two rows for the room " + room);
        }
        if (cells[3].contains("every room may import it")) {
          open.add(room);
        }
      }
    }
    return new ImportTable(rows, open);
  }

  private static List<String[]> cells(String markdown) {
    List<String> lines = markdown.lines().toList();
    int header = lines.indexOf(HEADER);
    if (header < 0) {
      throw new IllegalArgumentException("no line is: " + HEADER);
    }
    List<String[]> rows = new ArrayList<>();
    for (int i = header + 2; i < lines.size() && lines.get(i).startsWith("|"); i++) {
      rows.add(lines.get(i).split("\\|", -1));
    }
    return rows;
  }

  private static Set<String> names(String cell) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = NAME.matcher(cell);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /// The room that is a package, if the package is ours.
  static Optional<String> roomOf(String packageName) {
    if (packageName.equals(ROOT)) {
      return Optional.of(ROOT);
    }
    return packageName.startsWith(ROOT + ".")
        ? Optional.of(packageName.substring(ROOT.length() + 1))
        : Optional.empty();
  }

  /// Whether `room` may import `imported`.
  boolean allows(String room, String imported) {
    return room.equals(imported)
        || open.contains(imported)
        || (rows.containsKey(room) && rows.get(room).imports().contains(imported));
  }

  /// Whether the users of the library may use the room.
  boolean exported(String room) {
    return rows.containsKey(room) && rows.get(room).exported();
  }
}
