package io.penstock.cli;

import io.penstock.testing.s3.S3TestServer;
import java.util.Map;

/// Commands against an S3 server of their own, which has one bucket.
final class S3Commands implements AutoCloseable {
  static final String BUCKET = "bucket";

  private final S3TestServer server = S3TestServer.start();

  S3Commands() {
    server.createBucket(BUCKET);
  }

  S3TestServer server() {
    return server;
  }

  /// Runs a command at this server.
  CommandRun run(Map<String, String> environment, String... args) {
    String[] all = new String[args.length + 2];
    System.arraycopy(args, 0, all, 0, args.length);
    all[args.length] = "--endpoint";
    all[args.length + 1] = server.endpoint().toString();
    return CommandRun.of(environment, all);
  }

  @Override
  public void close() {
    server.close();
  }
}
