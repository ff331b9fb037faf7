package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// The page about the command line against the command line.
class ReferenceTest {
  @Test
  void everyCommandAndOptionIsOnThePage() throws IOException {
    String page = Files.readString(Path.of("docs/reference/cli.md"));
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(nowhere, nowhere, false, Map.of(), System::nanoTime);

    check(Main.commandLine(terminal), page);
  }

  private static void check(CommandLine line, String page) {
    for (OptionSpec option : line.getCommandSpec().options()) {
      if (!option.hidden() && !option.versionHelp()) {
        assertThat(page)
            .as(line.getCommandSpec().qualifiedName())
            .contains("`" + option.longestName());
      }
    }
    line.getSubcommands()
        .forEach((name, command) -> {
          assertThat(page).contains(name);
          if (!name.equals("help")) {
            check(command, page);
          }
        });
  }
}
