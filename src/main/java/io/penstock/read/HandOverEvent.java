package io.penstock.read;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// One batch is handed over; lasts for as long as the consumer waited for it.
@Name("io.penstock.HandOver")
@Label("Hand over a batch")
@Category("Penstock")
@Description("The consumer asks for a batch and gets it; lasts as long as it waited.")
@StackTrace(false)
final class HandOverEvent extends BatchEvent {
  @Label("Samples")
  int samples;
}
