package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongFunction;

/// Takes the batches of a loader, at times slowly, at times holding one back, and has each compared
/// with what it has to be.
final class UnsteadyConsumer {
  private static final long EPOCHS = 2;

  /// Whoever has not answered by then never will.
  private static final Duration ENOUGH = Duration.ofMinutes(1);

  private final Random random;
  private final boolean mayFail;
  private final ArrayDeque<Batch> held = new ArrayDeque<>();

  /// What the batches of an epoch have to be.
  interface Expected {
    /// Whether there are more.
    ///
    /// @param taken so many were taken, or failed
    boolean more(long taken);

    /// Compares one.
    ///
    /// @param taken before it
    /// @param samples that had been delivered before it, over all ranks
    void check(Batch batch, long taken, long samples);
  }

  /// @param mayFail whether batches may fail because the store is not there
  UnsteadyConsumer(Random random, boolean mayFail) {
    this.random = random;
    this.mayFail = mayFail;
  }

  /// Takes two epochs.
  void take(Loader loader, LongFunction<Expected> epochs) {
    int mostHeld = random.nextInt(2);
    for (long epoch = 0; epoch < EPOCHS; epoch++) {
      Expected expected = epochs.apply(epoch);
      for (long taken = 0; expected.more(taken); taken++) {
        for (int i = random.nextInt(4) == 0 ? random.nextInt(2000) : 0; i > 0; i--) {
          Thread.onSpinWait();
        }
        takeOne(loader, epoch, taken, expected);
        while (held.size() > mostHeld) {
          held.remove().close();
        }
      }
      assertThat(loader.next()).isEmpty();
    }
    held.forEach(Batch::close);
  }

  private void takeOne(Loader loader, long epoch, long taken, Expected expected) {
    long samples = loader.state().samples();
    try {
      Optional<Batch> batch = loader.poll(ENOUGH);
      assertThat(batch).as("a batch of %s", loader.order()).isPresent();
      held.add(batch.get());
      assertThat(batch.get().epoch()).isEqualTo(epoch);
      expected.check(batch.get(), taken, samples);
    } catch (PenstockException e) {
      assertThat(mayFail && e.code() == ErrorCode.STORE_UNAVAILABLE).as("%s", e).isTrue();
    }
  }
}
