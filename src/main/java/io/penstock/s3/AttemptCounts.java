package io.penstock.s3;

import io.penstock.store.StoreCounts;
import java.util.concurrent.atomic.LongAdder;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/// Counts what the SDK's clients send and how the service answers. Thread-safe.
final class AttemptCounts implements ExecutionInterceptor {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SLOW_DOWN = 503;

  private final LongAdder requests = new LongAdder();
  private final LongAdder attempts = new LongAdder();
  private final LongAdder throttled = new LongAdder();
  private final LongAdder resumed = new LongAdder();

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    requests.increment();
  }

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    attempts.increment();
  }

  @Override
  public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
    int status = context.httpResponse().statusCode();
    if (status == TOO_MANY_REQUESTS || status == SLOW_DOWN) {
      throttled.increment();
    }
  }

  /// A request is about to be sent again by this library.
  void repeating() {
    resumed.increment();
  }

  /// So far; requests that are on their way may be missing.
  StoreCounts counts() {
    long bySdk = Math.max(0, attempts.sum() - requests.sum());
    return new StoreCounts(bySdk + resumed.sum(), throttled.sum());
  }
}
