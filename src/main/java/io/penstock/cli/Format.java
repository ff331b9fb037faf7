package io.penstock.cli;

/// How data is printed.
enum Format {
  /// For people: aligned, sizes in IEC units.
  TABLE,
  /// One JSON value.
  JSON,
  /// A JSON value for each row.
  JSONL,
  /// Rows with a header, as RFC 4180 has them.
  CSV
}
