package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Penstock;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// A command about one dataset that is there already.
@SuppressWarnings("NullAway.Init") // picocli sets the argument
abstract class DatasetCommand extends Command {
  @Mixin final StoreOptions stores = new StoreOptions();

  @Parameters(
      index = "0",
      paramLabel = "URI",
      converter = DatasetUri.Converter.class,
      description =
          "s3://bucket/prefix, file:/directory or a path, with @BRANCH, @BRANCH:NUMBER,"
              + " @BRANCH:TIME or @TAG for a version.")
  DatasetUri uri;

  @Override
  public final Integer call() {
    try (Penstock penstock = stores.penstock(reservedBytes());
        Dataset dataset = penstock.open(uri.root())) {
      return run(dataset);
    }
  }

  /// Native memory that the command uses itself.
  long reservedBytes() {
    return 0;
  }

  /// Does the work and returns the exit code.
  abstract int run(Dataset dataset);
}
