package io.penstock.cli;

import picocli.AutoComplete;
import picocli.CommandLine;

/// Prints the script that lets a shell complete commands and options.
@CommandLine.Command(
    name = "completion",
    description = {
      "Print a completion script for bash and zsh.",
      "Use: source <(penstock completion)"
    })
final class CompletionCommand extends Command {
  @Override
  public Integer call() {
    terminal().out().print(AutoComplete.bash("penstock", spec.root().commandLine()));
    terminal().out().flush();
    return SUCCESS;
  }
}
