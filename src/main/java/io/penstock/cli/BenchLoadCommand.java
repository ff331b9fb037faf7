package io.penstock.cli;

import io.penstock.LoaderBuilder;
import io.penstock.load.Order;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/// Loads shuffled epochs.
@CommandLine.Command(
    name = "load",
    description = "Load shuffled epochs of a version, batch by batch, and measure.")
final class BenchLoadCommand extends LoadingCommand {
  /// The orders that can be asked for.
  enum OrderName {
    LANES,
    FULL,
    RUNS,
    SEQUENTIAL
  }

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the order. Default: 0.")
  long seed;

  @Option(names = "--rank", paramLabel = "N", description = "Which rank this is. Default: 0.")
  int rank;

  @Option(names = "--world", paramLabel = "N", description = "How many ranks. Default: 1.")
  int world = 1;

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      description =
          "lanes, full, runs or sequential. Default: full if the decoded samples fit into the"
              + " memory of an order, else lanes.")
  @Nullable OrderName order;

  @Override
  void order(LoaderBuilder loader) {
    loader.seed(seed).rank(rank).worldSize(world).order(order());
  }

  private Order order() {
    return switch (order) {
      case LANES -> Order.lanes();
      case FULL -> Order.full();
      case RUNS -> Order.runs();
      case SEQUENTIAL -> Order.sequential();
      case null -> Order.shuffled();
    };
  }
}
