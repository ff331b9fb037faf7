package io.penstock.cli;

import io.penstock.convert.ConversionProgress;
import java.util.Locale;
import java.util.OptionalLong;

/// Shows how far a conversion is, on standard error: a bar that is drawn again on a terminal, else
/// a line every ten seconds. One thread.
final class Progress implements ConversionProgress, AutoCloseable {
  private static final long BAR_NANOS = 200_000_000L;
  private static final long LINE_NANOS = 10_000_000_000L;
  private static final int BAR_WIDTH = 24;

  private final Terminal terminal;
  private final boolean silent;
  private final long start;
  private long shown;
  private boolean drawn;
  private String last = "no samples";

  Progress(Terminal terminal, boolean silent) {
    this.terminal = terminal;
    this.silent = silent;
    this.start = terminal.nanoTime().getAsLong();
    this.shown = start;
  }

  @Override
  public void reached(long samples, long decodedBytes, OptionalLong total) {
    long now = terminal.nanoTime().getAsLong();
    last = line(samples, decodedBytes, OptionalLong.empty(), (now - start) / 1e9);
    if (silent || now - shown < (terminal.interactive() ? BAR_NANOS : LINE_NANOS)) {
      return;
    }
    shown = now;
    String line = line(samples, decodedBytes, total, (now - start) / 1e9);
    if (terminal.interactive()) {
      terminal.err().print("\r" + bar(samples, total) + line + "   ");
      terminal.err().flush();
      drawn = true;
    } else {
      terminal.say(line);
    }
  }

  /// Seconds since the beginning.
  double seconds() {
    return (terminal.nanoTime().getAsLong() - start) / 1e9;
  }

  /// What was reached in all.
  String summary() {
    return last;
  }

  static String line(long samples, long bytes, OptionalLong total, double seconds) {
    StringBuilder line = new StringBuilder().append(samples);
    if (total.isPresent()) {
      line.append(" of ").append(total.getAsLong());
    }
    line.append(" samples, ").append(new ByteCount(bytes));
    if (seconds > 0) {
      line.append(", ").append(new ByteCount((long) (bytes / seconds))).append("/s");
    }
    if (total.isPresent() && samples > 0) {
      double left = seconds * (total.getAsLong() - samples) / samples;
      line.append(", ").append(duration(left)).append(" left");
    }
    return line.toString();
  }

  private static String bar(long samples, OptionalLong total) {
    if (total.isEmpty() || total.getAsLong() == 0) {
      return "";
    }
    int done = (int) (BAR_WIDTH * samples / total.getAsLong());
    return "[" + "#".repeat(done) + "-".repeat(BAR_WIDTH - done) + "] ";
  }

  private static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }

  @Override
  public void close() {
    if (drawn) {
      terminal.say("");
    }
  }
}
