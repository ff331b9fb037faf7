package io.penstock.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What a command talks to, passed in so that it can be tested.
///
/// @param out data, and nothing else
/// @param err everything else
/// @param interactive whether a person watches: bars instead of lines
/// @param environment variables
/// @param nanoTime a clock for rates
record Terminal(
    PrintStream out,
    PrintStream err,
    boolean interactive,
    Map<String, String> environment,
    LongSupplier nanoTime) {
  /// The process's own.
  static Terminal ofProcess() {
    return new Terminal(
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        watched(System.console()),
        System.getenv(),
        System::nanoTime);
  }

  private static boolean watched(@Nullable Console console) {
    return console != null && console.isTerminal();
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(
        new java.io.BufferedOutputStream(new FileOutputStream(descriptor), 1 << 13),
        false,
        StandardCharsets.UTF_8);
  }

  /// A line for people, at once.
  void say(String line) {
    err.println(line);
    err.flush();
  }
}
