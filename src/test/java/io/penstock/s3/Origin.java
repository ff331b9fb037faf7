package io.penstock.s3;

import io.penstock.testing.Environment;
import io.penstock.testing.MinioServer;
import io.penstock.testing.NginxServer;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.TestTls;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import javax.net.ssl.TrustManager;

/// The servers that ranges are read from, plain and encrypted.
enum Origin {
  CHAOS(false),
  CHAOS_TLS(true),
  NGINX(false),
  NGINX_TLS(true),
  MINIO(false),
  MINIO_TLS(true);

  static final String BUCKET = "bucket";

  private final boolean tls;

  Origin(boolean tls) {
    this.tls = tls;
  }

  boolean isTls() {
    return tls;
  }

  boolean isMinio() {
    return this == MINIO || this == MINIO_TLS;
  }

  /// Puts an object into the bucket.
  private interface Putting {
    void put(String key, byte[] content);
  }

  /// One of them while it runs.
  ///
  /// @param endpoint where it listens
  /// @param trust whom its clients have to trust
  /// @param putting puts objects
  /// @param stopping stops it
  record Running(URI endpoint, Optional<TrustManager> trust, Putting putting, Runnable stopping)
      implements AutoCloseable {
    void put(String key, byte[] content) {
      putting.put(key, content);
    }

    @Override
    public void close() {
      stopping.run();
    }
  }

  /// Starts it with an empty bucket; skips the test or fails where it is not on this machine.
  Running start() throws IOException, InterruptedException {
    Optional<TestTls> certificate = tls ? Optional.of(TestTls.create()) : Optional.empty();
    Optional<TrustManager> trust = certificate.map(TestTls::trust);
    return switch (this) {
      case CHAOS, CHAOS_TLS -> {
        S3TestServer server = certificate.map(S3TestServer::start).orElseGet(S3TestServer::start);
        server.createBucket(BUCKET);
        yield new Running(
            server.endpoint(), trust, (key, at) -> server.put(BUCKET, key, at), server::close);
      }
      case NGINX, NGINX_TLS -> {
        NginxServer server = NginxServer.start(certificate);
        yield new Running(
            server.endpoint(), trust, (key, at) -> server.put(BUCKET, key, at), server::close);
      }
      case MINIO, MINIO_TLS -> {
        MinioServer server = MinioServer.startProgram(Environment.minio(), certificate);
        server.createBucket(BUCKET);
        yield new Running(
            server.endpoint(), trust, (key, at) -> server.put(BUCKET, key, at), server::close);
      }
    };
  }
}
