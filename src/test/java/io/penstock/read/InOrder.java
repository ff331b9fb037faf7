package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.load.Batch;
import io.penstock.load.LoaderOptions;
import io.penstock.load.SampleOrder;

/// The batches of an epoch of an order, as it stands.
///
/// @param batches of the epoch
record InOrder(WrittenVersion version, LoaderOptions options, long batches, SampleOrder order)
    implements UnsteadyConsumer.Expected {
  @Override
  public boolean more(long taken) {
    return taken < batches;
  }

  @Override
  public void check(Batch batch, long taken, long samples) {
    assertThat(batch.index()).isEqualTo(taken);
    version.check(batch, WrittenVersion.rows(order, taken, options));
  }
}
