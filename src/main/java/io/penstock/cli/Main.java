package io.penstock.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/// The command line's entry.
///
/// Exit codes: 0 success, 1 unclassified, 2 usage, 3 not found, 4 conflict, 5 transient, 6 not
/// permitted, 7 corrupt or unsupported, 10 outcome unknown, 11 the store lacks a capability, 130
/// interrupted.
public final class Main {
  private static final long SECONDS_TO_FINISH = 60;

  private Main() {}

  /// Runs one command and ends the process with its exit code. Ctrl-C interrupts the command, which
  /// finishes what is in flight.
  public static void main(String[] args) {
    Thread worker = Thread.currentThread();
    CountDownLatch finished = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  if (finished.getCount() > 0) {
                    worker.interrupt();
                    await(finished);
                  }
                }));
    int code = run(Terminal.ofProcess(), args);
    finished.countDown();
    System.exit(code);
  }

  /// Runs one command and returns its exit code.
  static int run(Terminal terminal, String... args) {
    CommandLine line = commandLine(terminal);
    int code = line.execute(args);
    terminal.out().flush();
    terminal.err().flush();
    return code;
  }

  /// The commands, wired to a terminal.
  static CommandLine commandLine(Terminal terminal) {
    CommandLine line = new CommandLine(new RootCommand(terminal));
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(terminal.interactive() ? Ansi.AUTO : Ansi.OFF));
    line.setExecutionExceptionHandler((failure, command, _) -> {
      boolean debug = command.getCommand() instanceof Command own && own.debugging();
      return Failure.report(failure, command.getCommandSpec().qualifiedName(), debug, terminal);
    });
    line.setParameterExceptionHandler((failure, _) -> {
      CommandLine at = failure.getCommandLine();
      Throwable cause = failure.getCause();
      String detail =
          cause instanceof io.penstock.error.PenstockException
              ? cause.getMessage()
              : failure.getMessage();
      String name = at.getCommandSpec().qualifiedName();
      terminal.say(Redaction.of(name + ": " + detail, terminal.environment()));
      terminal.say("  next: " + name + " --help");
      terminal.say("  code: " + io.penstock.error.ErrorCode.INVALID_ARGUMENT.id());
      return CommandLine.ExitCode.USAGE;
    });
    return line;
  }

  private static void await(CountDownLatch finished) {
    try {
      if (!finished.await(SECONDS_TO_FINISH, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(io.penstock.error.ErrorCode.INTERRUPTED.exitCode());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
