package io.penstock.read;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Hooks run over some samples of a batch, on one codec thread.
@Name("io.penstock.Transform")
@Label("Transform samples")
@Category("Penstock")
@Description("The hooks of a loader run over some samples of a batch.")
@StackTrace(false)
final class TransformEvent extends BatchEvent {
  @Label("Samples")
  int samples;
}
