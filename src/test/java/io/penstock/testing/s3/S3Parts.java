package io.penstock.testing.s3;

import io.penstock.s3.S3Store;
import java.time.InstantSource;
import java.util.SplittableRandom;

/// What stores over S3 are given in tests.
public final class S3Parts {
  private S3Parts() {}

  /// The real clocks, which a server's check of signatures needs, and waits that can be repeated.
  public static S3Store.Parts real() {
    SplittableRandom random = new SplittableRandom(1);
    return new S3Store.Parts(InstantSource.system(), System::nanoTime, () -> next(random));
  }

  private static long next(SplittableRandom random) {
    synchronized (random) {
      return random.nextLong();
    }
  }
}
