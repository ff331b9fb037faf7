package io.penstock.read;

import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;

/// Something that happens to a batch, as the flight recorder sees it.
abstract class BatchEvent extends Event {
  @Label("Epoch")
  long epoch;

  @Label("Batch")
  @Description("Index in the epoch")
  long batch;

  /// Which batch it is.
  final void tell(BatchRows rows) {
    epoch = rows.epoch();
    batch = rows.index();
  }
}
