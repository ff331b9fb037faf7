package io.penstock.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// What all commands share: how they print, and on what.
@SuppressWarnings("NullAway.Init") // picocli sets the specification
abstract class Command implements Callable<Integer> {
  static final int SUCCESS = 0;

  @Mixin final OutputOptions output = new OutputOptions();

  @Spec CommandSpec spec;

  final Terminal terminal() {
    return ((RootCommand) spec.root().userObject()).terminal();
  }

  final boolean debugging() {
    return output.debug;
  }

  /// Whether a person reads along: sentences and progress on standard error are welcome.
  final boolean talkative() {
    return !output.quiet;
  }

  final void print(Document document) {
    output.print(document, terminal().out());
  }
}
