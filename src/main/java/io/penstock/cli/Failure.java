package io.penstock.cli;

import io.penstock.error.ErrorCode;
import io.penstock.error.OutcomeUnknownException;
import io.penstock.error.PenstockException;
import java.io.PrintWriter;
import java.io.StringWriter;

/// Tells of a failed command: what, where and why (the message), what to do next, and the code.
final class Failure {
  private Failure() {}

  /// Prints the failure and returns the exit code.
  static int report(Throwable failure, String command, boolean debug, Terminal terminal) {
    ErrorCode code = code(failure);
    StringBuilder text = new StringBuilder(command).append(": ").append(message(failure));
    if (failure instanceof OutcomeUnknownException doubtful) {
      text.append("\n  commit: ").append(doubtful.commitId());
      text.append(" as ").append(doubtful.branch()).append(':').append(doubtful.number());
    }
    text.append("\n  next: ").append(Advice.next(code));
    text.append("\n  code: ").append(code.id());
    if (debug) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      text.append('\n').append(trace);
    }
    terminal.out().flush();
    terminal.say(Redaction.of(text.toString(), terminal.environment()));
    return code.exitCode();
  }

  private static ErrorCode code(Throwable failure) {
    return failure instanceof PenstockException known ? known.code() : ErrorCode.INTERNAL;
  }

  private static String message(Throwable failure) {
    if (failure instanceof PenstockException) {
      return String.valueOf(failure.getMessage());
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory: " + failure.getMessage();
    }
    return "unexpected failure: " + failure;
  }
}
