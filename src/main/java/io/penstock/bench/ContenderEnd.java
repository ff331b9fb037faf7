package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Reads rounds when another process says so.
///
/// @param with what reads, in words
record ContenderEnd(GetRounds rounds, String with, GetBench.Options options) {
  static final String WARM_UP = "warm-up";
  static final String ROUND = "round ";

  void serve(InputStream commands, PrintStream answers) {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(commands, StandardCharsets.UTF_8));
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.println(answer(line));
        answers.flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String answer(String command) {
    if (command.equals(WARM_UP)) {
      rounds.warmUp(options.warmUp());
      return rounds.sum(options.seed()) + " " + with;
    }
    if (!command.startsWith(ROUND)) {
      throw new RefusedException(ErrorCode.INTERNAL, "\"" + command + "\" is no command");
    }
    long seed = Long.parseLong(command.substring(ROUND.length()));
    // Connections that were closed while the others had their turn are made before the measuring.
    rounds.run(2 * options.concurrency(), seed);
    return rounds.run(options.requests(), seed).line();
  }
}
