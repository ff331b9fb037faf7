package io.penstock.s3;

import io.penstock.store.StoreChecks;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/// What all requests of one store share: clients, names, patience, and whether it is closed.
/// Thread-safe.
final class S3Bucket {
  private final S3Options options;
  private final S3Store.Parts parts;
  private final AttemptCounts counts = new AttemptCounts();
  private final S3Clients clients;
  private final S3Failures failures;
  private final BackoffStrategy backoff;
  private final CountDownLatch closed = new CountDownLatch(1);

  S3Bucket(S3Options options, S3Store.Parts parts) {
    this.options = options;
    this.parts = parts;
    this.clients = S3Clients.open(options, counts);
    this.failures =
        new S3Failures(options.bucket(), clients.credentials().getClass().getSimpleName());
    this.backoff =
        BackoffStrategy.exponentialDelay(
            options.patience().firstDelay(), options.patience().longestDelay());
  }

  S3Options options() {
    return options;
  }

  S3Store.Parts parts() {
    return parts;
  }

  String name() {
    return options.bucket();
  }

  S3Clients clients() {
    return clients;
  }

  S3Failures failures() {
    return failures;
  }

  AttemptCounts counts() {
    return counts;
  }

  int attempts() {
    return options.patience().attempts();
  }

  String fullKey(String key) {
    return options.prefix() + key;
  }

  /// Waits before the next attempt, a random time that grows with the attempts.
  void pause(String what, int attempt) {
    counts.repeating();
    try {
      if (closed.await(backoff.computeDelay(attempt).toNanos(), TimeUnit.NANOSECONDS)) {
        throw StoreChecks.closed(options.uri());
      }
    } catch (InterruptedException e) {
      throw S3Failures.interrupted(what, e);
    }
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /// Notes that the store is closed and returns whether it was open.
  boolean markClosed() {
    boolean open = !isClosed();
    closed.countDown();
    return open;
  }
}
