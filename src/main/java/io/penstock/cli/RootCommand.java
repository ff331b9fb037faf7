package io.penstock.cli;

import java.util.Optional;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program itself: names its commands.
@picocli.CommandLine.Command(
    name = "penstock",
    description = "Versioned datasets of chunked tensors on object stores.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = RootCommand.Release.class,
    subcommands = {
      DemoCommand.class,
      ConvertCommand.class,
      InfoCommand.class,
      SchemaCommand.class,
      ListCommand.class,
      LogCommand.class,
      ShowCommand.class,
      VerifyCommand.class,
      NameCommand.Branch.class,
      NameCommand.Tag.class,
      DoctorCommand.class,
      BenchCommand.class,
      CompletionCommand.class,
      VersionCommand.class,
      HelpCommand.class
    })
final class RootCommand implements Runnable {
  private final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show the version and exit.")
  boolean version;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the specification
  RootCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    return terminal;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /// The version of the program.
  static final class Release implements IVersionProvider {
    static String name() {
      return Optional.ofNullable(RootCommand.class.getPackage().getImplementationVersion())
          .orElse("development");
    }

    @Override
    public String[] getVersion() {
      return new String[] {"penstock " + name()};
    }
  }
}
