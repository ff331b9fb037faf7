package io.penstock.s3;

import io.penstock.testing.Environment;
import java.util.ArrayList;
import java.util.List;

/// The transports that every test of ranged reads runs over.
final class Transports {
  private Transports() {}

  static List<S3Options.Transport> all() {
    List<S3Options.Transport> all = new ArrayList<>();
    all.add(new S3Options.Transport.Nio());
    all.add(new S3Options.Transport.Netty());
    if (hasIoUring()) {
      all.add(new S3Options.Transport.IoUring());
    }
    return all;
  }

  /// Whether this machine can do io_uring; says so if not.
  static boolean hasIoUring() {
    return Environment.hasIoUring(S3Options.Transport.obstacleToIoUring());
  }
}
