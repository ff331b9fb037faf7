package io.penstock.read;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// One batch is planned: its samples are found, and noted in the groups that hold them.
@Name("io.penstock.Plan")
@Label("Plan a batch")
@Category("Penstock")
@Description("The samples of a batch are worked out, and which chunks they lie in.")
@StackTrace(false)
final class PlanEvent extends BatchEvent {
  @Label("Samples")
  int samples;

  @Label("Bytes")
  @Description("Memory that the batch needs")
  @DataAmount
  long bytes;

  /// The batch is planned.
  void commit(BatchAssembly planned) {
    end();
    if (shouldCommit()) {
      tell(planned.rows());
      samples = planned.samples();
      bytes = planned.leaseBytes();
      commit();
    }
  }
}
