package io.penstock.read;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// One batch is put together, from the moment it has memory until it lacks nothing.
@Name("io.penstock.Assemble")
@Label("Assemble a batch")
@Category("Penstock")
@Description("A batch has memory and waits for its samples, until it lacks nothing.")
@StackTrace(false)
final class AssembleEvent extends BatchEvent {
  @Label("Bytes")
  @DataAmount
  long bytes;
}
