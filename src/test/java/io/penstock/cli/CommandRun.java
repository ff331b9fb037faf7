package io.penstock.cli;

import io.penstock.testing.JsonTree;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// One command, run within the test's process: its exit code and what it printed.
final class CommandRun {
  private final int exitCode;
  private final byte[] out;
  private final String err;

  private CommandRun(int exitCode, byte[] out, String err) {
    this.exitCode = exitCode;
    this.out = out;
    this.err = err;
  }

  static CommandRun of(String... args) {
    return of(Map.of(), args);
  }

  static CommandRun of(Map<String, String> environment, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            false,
            environment,
            System::nanoTime);
    int code = Main.run(terminal, args);
    return new CommandRun(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
  }

  /// Runs a command that must succeed.
  static CommandRun sound(String... args) {
    CommandRun run = of(args);
    if (run.exitCode != 0) {
      throw new AssertionError(
          String.join(" ", args) + " ended with " + run.exitCode + "\n" + run.err);
    }
    return run;
  }

  int exitCode() {
    return exitCode;
  }

  byte[] bytes() {
    return out;
  }

  String out() {
    return new String(out, StandardCharsets.UTF_8);
  }

  List<String> lines() {
    return out().lines().toList();
  }

  String err() {
    return err;
  }

  Map<String, Object> object() {
    return JsonTree.object(out());
  }

  List<Map<String, Object>> rows() {
    return JsonTree.rows(out());
  }

  @SuppressWarnings("unchecked")
  List<Map<String, Object>> rows(String member) {
    return (List<Map<String, Object>>) Objects.requireNonNull(object().get(member), member);
  }
}
