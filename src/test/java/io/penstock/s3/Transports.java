package io.penstock.s3;

import java.util.List;

/// The transports that every test of ranged reads runs over.
final class Transports {
  private Transports() {}

  static List<S3Options.Transport> all() {
    return List.of(new S3Options.Transport.Nio(), new S3Options.Transport.Netty());
  }
}
