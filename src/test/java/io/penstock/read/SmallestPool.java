package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.OrderSource;
import java.util.function.Function;

/// Memory that is hardly more than the least that a plan names.
final class SmallestPool {
  private static final long STEP = 64 << 10;

  /// Of which a batch may take a quarter.
  private static final long PLANNED = 16 << 20;

  private SmallestPool() {}

  /// The first pool, from the least of the plan on, with which the loader is not refused.
  ///
  /// @param engine over a pool, which it borrows
  static BufferPool of(LoaderOptions options, Function<BufferPool, ReadEngine> engine) {
    long least;
    try (BufferPool pool = BufferPool.create(PLANNED);
        ReadEngine planning = engine.apply(pool)) {
      least =
          planning.plan(options, new OrderSource(planning.samples(), "", "")).leastMemoryBytes();
    }
    for (long budget = least; ; budget += STEP) {
      assertThat(budget).as("%s", options).isLessThan(least + (1 << 20));
      BufferPool pool = BufferPool.create(budget);
      try (ReadEngine refusing = engine.apply(pool);
          Loader _ = refusing.loader(options)) {
        return pool;
      } catch (RefusedException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        pool.close();
      }
    }
  }
}
