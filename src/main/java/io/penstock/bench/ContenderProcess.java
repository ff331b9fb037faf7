package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A process that reads as one contender; [ContenderEnd] is its other end. One thread.
final class ContenderProcess implements AutoCloseable {
  private final Contender contender;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private final List<GetRound> rounds = new ArrayList<>();
  private String with = "";

  private ContenderProcess(Contender contender, Process process) {
    this.contender = contender;
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /// Starts it; what it says on standard error goes to ours.
  static ContenderProcess start(Contender contender, Launch launch) {
    try {
      return new ContenderProcess(
          contender,
          new ProcessBuilder(launch.command(contender))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.INTERNAL, "cannot start a process for " + contender.id() + ": " + e, e);
    }
  }

  /// Has it warm up, and read one range: its CRC-32C.
  long sum() {
    String answer = ask(ContenderEnd.WARM_UP);
    int end = answer.indexOf(' ');
    with = answer.substring(end + 1);
    return Long.parseLong(answer.substring(0, end));
  }

  /// Has it read a round.
  void round(long seed) {
    rounds.add(GetRound.parse(ask(ContenderEnd.ROUND + seed)));
  }

  private String ask(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
      String answer = answers.readLine();
      if (answer != null) {
        return answer;
      }
    } catch (IOException e) {
      throw new TransientException(ErrorCode.INTERNAL, contender.id() + ": " + e, e);
    }
    throw new TransientException(
        ErrorCode.INTERNAL, "the process of " + contender.id() + " ended; it said why above");
  }

  GetComparison.Side side() {
    return new GetComparison.Side(contender, with, rounds);
  }

  /// Ends it.
  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
