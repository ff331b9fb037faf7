package io.penstock.cli;

import java.io.PrintStream;
import picocli.CommandLine.Option;

/// The options that every command has.
final class OutputOptions {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "How data is printed: ${COMPLETION-CANDIDATES}. Default: table.")
  Format format = Format.TABLE;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print just the essential, and no progress.")
  boolean quiet;

  @Option(names = "--debug", description = "Print the stack trace of a failure.")
  boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  void print(Document document, PrintStream out) {
    switch (format) {
      case TABLE -> {
        if (quiet) {
          document.essence().forEach(out::println);
        } else {
          TablePrinter.print(document, out);
        }
      }
      case JSON -> JsonPrinter.print(document, out);
      case JSONL -> JsonPrinter.printLines(document, out);
      case CSV -> CsvPrinter.print(document, out);
    }
    out.flush();
  }
}
