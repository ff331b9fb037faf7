package io.penstock.cli;

import io.penstock.Penstock;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of commands that open datasets.
final class StoreOptions {
  /// What a process may use outside the heap if nothing else is said.
  static final long DEFAULT_MEMORY = 512L << 20;

  /// What a cache may take on the disk if nothing else is said.
  private static final long DEFAULT_CACHE = 10L << 30;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "Memory outside the heap that the whole process may use. Default: 512MiB.")
  long memory = DEFAULT_MEMORY;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that encode and decode. Default: one for each processor.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description =
          "S3 endpoint. Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile, AWS.")
  @Nullable String endpoint;

  @Option(
      names = "--region",
      paramLabel = "NAME",
      description = "S3 region. Default: the AWS chain; us-east-1 with an endpoint of one's own.")
  @Nullable String region;

  @Option(names = "--anonymous", description = "Send unsigned requests; look for no credentials.")
  boolean anonymous;

  @Option(
      names = "--requester-pays",
      description = "Pay for the S3 requests, as some buckets ask of who reads them.")
  boolean requesterPays;

  @Option(
      names = "--path-style",
      negatable = true,
      description =
          "Address buckets by path. Default: yes if the endpoint is an IP address or"
              + " localhost.")
  @Nullable Boolean pathStyle;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      description = "What carries ranged reads from S3: auto, netty, io_uring, nio. Default: auto.")
  String transport = "auto";

  @Option(
      names = "--single-writer",
      description = "Write to a store without conditional writes; promises that nobody else does.")
  boolean singleWriter;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Keep a share of what is read from a remote store in this local directory.")
  @Nullable Path cache;

  @Option(
      names = "--cache-bytes",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "The most that the files of --cache take. Default: 10GiB.")
  long cacheBytes = DEFAULT_CACHE;

  /// The shared parts, with so many bytes of the budget left to the caller.
  Penstock penstock(long reservedBytes) {
    Penstock.Builder builder =
        Penstock.builder()
            .memory(Math.max(1, memory - reservedBytes))
            .threads(threads)
            .s3Anonymous(anonymous)
            .s3Transport(transport)
            .s3RequesterPays(requesterPays)
            .singleWriter(singleWriter);
    Optional.ofNullable(endpoint).ifPresent(builder::s3Endpoint);
    Optional.ofNullable(region).ifPresent(builder::s3Region);
    Optional.ofNullable(pathStyle).ifPresent(builder::s3PathStyle);
    Optional.ofNullable(cache).ifPresent(directory -> builder.cache(directory, cacheBytes));
    return builder.build();
  }

  /// The endpoint that was asked for, by option or by variable.
  Optional<String> endpoint(Map<String, String> environment) {
    return Optional.ofNullable(endpoint)
        .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_S3")))
        .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL")));
  }
}
