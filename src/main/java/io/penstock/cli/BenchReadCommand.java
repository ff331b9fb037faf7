package io.penstock.cli;

import io.penstock.LoaderBuilder;
import picocli.CommandLine;

/// Reads a dataset in its own order.
@CommandLine.Command(
    name = "read",
    description = "Read a version in its order, batch by batch, and measure.")
final class BenchReadCommand extends LoadingCommand {
  @Override
  void order(LoaderBuilder loader) {
    loader.sequential();
  }
}
