package io.penstock.cli;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// What a look at machine and store found, one row for each check.
final class Findings {
  /// How a check ended.
  enum State {
    OK,
    WARNING,
    FAILED
  }

  private final List<Object> rows = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();
  private int exitCode;

  void ok(String check, Object value) {
    add(check, State.OK, value, "");
  }

  void warn(String check, Object value, String advice) {
    add(check, State.WARNING, value, advice);
  }

  void fail(String check, Object value, ErrorCode code, String advice) {
    add(check, State.FAILED, value, advice);
    failed.add(check);
    exitCode = exitCode == 0 ? code.exitCode() : exitCode;
  }

  /// Makes a check that may throw; true if it did not.
  boolean check(String check, Supplier<Object> work) {
    try {
      ok(check, work.get());
      return true;
    } catch (PenstockException e) {
      fail(check, String.valueOf(e.getMessage()), e.code(), Advice.next(e.code()));
      return false;
    }
  }

  private void add(String check, State state, Object value, String advice) {
    rows.add(
        new Document.Fields()
            .with("check", check)
            .with("state", state.name().toLowerCase(java.util.Locale.ROOT))
            .with("value", value)
            .with("advice", advice.isEmpty() ? null : advice)
            .map());
  }

  List<Object> rows() {
    return rows;
  }

  List<String> failed() {
    return failed;
  }

  int exitCode() {
    return exitCode;
  }
}
