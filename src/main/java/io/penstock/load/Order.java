package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// The order in which samples come, as a caller asks for it. What is left open follows from the
/// version and the batch alone, see [#shape].
public sealed interface Order {
  /// Position after position.
  record Sequential() implements Order {}

  /// Permuted runs, one after the other.
  ///
  /// @param runSamples samples of a run; 0 for as many as are worth a request
  record Runs(long runSamples) implements Order {
    /// Checks the number.
    public Runs {
      requireNotNegative("runSamples", runSamples);
    }
  }

  /// Lanes over permuted runs.
  ///
  /// @param runSamples samples of a run; 0 to choose
  /// @param lanes a multiple or a divisor of the batch; 0 to choose
  /// @param stickyHomes whether a rank meets the same runs in every epoch
  /// @param orderMemory bytes, over all ranks, from which the open numbers are chosen; 0 for what
  ///   [VersionFigures#defaultOrderMemory] says
  record Lanes(long runSamples, long lanes, boolean stickyHomes, long orderMemory)
      implements Order {
    /// Checks the numbers.
    public Lanes {
      requireNotNegative("runSamples", runSamples);
      requireNotNegative("lanes", lanes);
      requireNotNegative("orderMemory", orderMemory);
    }
  }

  /// A permutation of all samples. The decoded samples have to fit into memory.
  record Full() implements Order {}

  /// What suits the version: all samples at once if they fit, else lanes.
  ///
  /// @param orderMemory bytes, over all ranks; 0 for what [VersionFigures#defaultOrderMemory] says
  /// @param stickyHomes whether a rank meets the same runs in every epoch, where there are runs
  record Shuffled(long orderMemory, boolean stickyHomes) implements Order {
    /// Checks the number.
    public Shuffled {
      requireNotNegative("orderMemory", orderMemory);
    }
  }

  /// The order of the version itself.
  static Order sequential() {
    return new Sequential();
  }

  /// Permuted runs.
  static Order runs() {
    return new Runs(0);
  }

  /// Lanes, chosen for the version.
  static Order lanes() {
    return new Lanes(0, 0, false, 0);
  }

  /// Lanes as they are said.
  static Order lanes(long runSamples, long lanes) {
    return new Lanes(runSamples, lanes, false, 0);
  }

  /// A permutation of all samples.
  static Order full() {
    return new Full();
  }

  /// What suits the version.
  static Order shuffled() {
    return new Shuffled(0, false);
  }

  /// Whether a rank meets the same runs in every epoch.
  default boolean stickyHomes() {
    return false;
  }

  /// The shape of this order for some samples: the same on every machine.
  ///
  /// @param space the samples
  /// @param figures how large they are
  /// @param batch samples of a global batch
  /// @throws RefusedException if numbers do not fit each other, or if too few lanes fit to mix a
  ///   batch
  default OrderShape shape(SampleSpace space, VersionFigures figures, long batch) {
    OrderDefaults defaults = new OrderDefaults(space, figures);
    return switch (this) {
      case Sequential() -> OrderShape.sequential(batch);
      case Full() -> OrderShape.full(batch);
      case Runs(long runSamples) ->
          OrderShape.runs(batch, runSamples > 0 ? runSamples : defaults.wholeRun());
      case Shuffled(long memory, boolean sticky) ->
          sticky(defaults.shape(batch, memory > 0 ? memory : figures.defaultOrderMemory()), sticky);
      case Lanes(long runSamples, long lanes, boolean sticky, long memory) -> {
        long bytes = memory > 0 ? memory : figures.defaultOrderMemory();
        OrderShape chosen =
            runSamples > 0 && lanes > 0
                ? OrderShape.lanes(batch, runSamples, lanes)
                : defaults.lanes(batch, bytes);
        yield sticky(
            OrderShape.lanes(
                batch,
                runSamples > 0 ? runSamples : chosen.runSamples(),
                lanes > 0 ? lanes : chosen.lanes()),
            sticky);
      }
    };
  }

  /// This order with what it leaves open taken from a state, so that other defaults of a later
  /// release do no harm.
  default Order resumed(LoaderState state) {
    return switch (this) {
      case Sequential _, Full _ -> this;
      case Runs(long runSamples) -> new Runs(runSamples > 0 ? runSamples : state.runSamples());
      case Lanes(long runSamples, long lanes, boolean sticky, long memory) ->
          new Lanes(
              runSamples > 0 ? runSamples : state.runSamples(),
              lanes > 0 ? lanes : state.lanes(),
              sticky,
              memory);
      case Shuffled(long memory, boolean sticky) ->
          state.runSamples() == 1 && state.lanes() == 1
              ? new Full()
              : new Lanes(state.runSamples(), state.lanes(), sticky, memory);
    };
  }

  private static OrderShape sticky(OrderShape shape, boolean sticky) {
    return sticky && shape.level() == OrderShape.Level.LANES ? shape.withStickyHomes() : shape;
  }

  private static void requireNotNegative(String what, long number) {
    if (number < 0) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, what + " " + number + " is negative");
    }
  }
}
