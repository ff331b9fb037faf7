package io.penstock.testing;

/// The end of a simulated process. An error, so that no code that handles failures catches it.
public final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1L;

  /// The process of that name dies.
  public SimulatedCrash(String process) {
    super("process " + process + " crashed", null, false, false);
  }
}
