package io.penstock.testing;

import io.penstock.Penstock;
import io.penstock.testing.s3.TestTls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import org.testcontainers.containers.MinIOContainer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/// A real MinIO for the length of a test: in a container where an engine answers, else the program
/// that [Environment#minio()] names. Without either the test is skipped, or fails where
/// `PENSTOCK_REQUIRE` asks for it. Started empty; the tests make their buckets. Whoever starts it
/// closes it; its accessors may be called from any thread.
public final class MinioServer implements AutoCloseable {
  /// The image, by its published name. Where no registry can be reached, an image of that name that
  /// was built on the spot does as well.
  public static final String IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z";

  private static final String ACCESS_KEY = "test-access";
  private static final String SECRET_KEY = "test-secret";

  private final URI endpoint;
  private final boolean container;
  private final Optional<TestTls> tls;
  private final Runnable stop;

  private MinioServer(URI endpoint, boolean container, Optional<TestTls> tls, Runnable stop) {
    this.endpoint = endpoint;
    this.container = container;
    this.tls = tls;
    this.stop = stop;
  }

  /// Starts a server and waits until it answers: one to three seconds.
  public static MinioServer start() {
    return Environment.hasContainers() ? startContainer() : startProgram(Environment.minio());
  }

  /// Starts a server in a container; skips or fails where there is no engine.
  public static MinioServer startContainer() {
    Environment.containers();
    MinIOContainer minio =
        new MinIOContainer(IMAGE).withUserName(ACCESS_KEY).withPassword(SECRET_KEY);
    minio.start();
    return new MinioServer(URI.create(minio.getS3URL()), true, Optional.empty(), minio::stop);
  }

  /// Starts the program at `program` over a folder of its own, on a free port of the loopback.
  public static MinioServer startProgram(Path program) {
    return startProgram(program, Optional.empty());
  }

  /// The same, and if there is a certificate, over encrypted connections.
  public static MinioServer startProgram(Path program, Optional<TestTls> tls) {
    try {
      return launch(program, tls, Files.createTempDirectory("penstock-minio-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MinioServer launch(Path program, Optional<TestTls> tls, Path folder)
      throws IOException {
    String address = "127.0.0.1:" + freePort();
    Path certificates = Files.createDirectory(folder.resolve("certificates"));
    if (tls.isPresent()) {
      tls.get().write(certificates.resolve("public.crt"), certificates.resolve("private.key"));
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            program.toString(),
            "server",
            "--address",
            address,
            "--certs-dir",
            certificates.toString(),
            folder.resolve("data").toString());
    builder.environment().put("MINIO_ROOT_USER", ACCESS_KEY);
    builder.environment().put("MINIO_ROOT_PASSWORD", SECRET_KEY);
    builder.environment().put("HOME", folder.toString());
    Process process = builder.redirectErrorStream(true).start();
    Runnable stop = () -> stop(process, folder);
    BufferedReader output = process.inputReader();
    List<String> seen = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      seen.add(line);
      if (line.startsWith("API:")) {
        Thread.ofVirtual().start(() -> drain(output));
        String scheme = tls.isPresent() ? "https://" : "http://";
        return new MinioServer(URI.create(scheme + address), false, tls, stop);
      }
    }
    stop.run();
    throw new IOException("minio ended before it answered: " + String.join("\n", seen));
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static void drain(BufferedReader output) {
    try (output) {
      output.lines().forEach(line -> {});
    } catch (IOException | UncheckedIOException e) {
      // The server was stopped while a line was read: nobody is left to tell.
    }
  }

  /// Ends a process and deletes what it kept.
  static void stop(Process process, Path folder) {
    process.destroy();
    process.onExit().join();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where it listens, as `http://host:port`, or `https://host:port` with a certificate.
  public URI endpoint() {
    return endpoint;
  }

  /// The access key of its only user.
  public String accessKey() {
    return ACCESS_KEY;
  }

  /// The secret key of its only user.
  public String secretKey() {
    return SECRET_KEY;
  }

  /// Whether it runs in a container.
  public boolean container() {
    return container;
  }

  /// Makes an empty bucket. Blocks.
  public void createBucket(String name) {
    try (S3Client client = client()) {
      client.createBucket(request -> request.bucket(name));
    }
  }

  /// Puts an object. Blocks.
  public void put(String bucket, String key, byte[] content) {
    try (S3Client client = client()) {
      client.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromBytes(content));
    }
  }

  private S3Client client() {
    AwsBasicCredentials credentials = AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY);
    S3ClientBuilder builder =
        S3Client.builder()
            .endpointOverride(endpoint)
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(credentials));
    tls.ifPresent(known ->
        builder.httpClientBuilder(
            Apache5HttpClient.builder()
                .tlsTrustManagersProvider(() -> new TrustManager[] {known.trust()})));
    return builder.build();
  }

  /// Lets a `Penstock` find the server: its endpoint in the builder, its keys, which are the same
  /// for every server of the tests, where the default chain looks first.
  public Penstock.Builder configure(Penstock.Builder builder) {
    System.setProperty("aws.accessKeyId", ACCESS_KEY);
    System.setProperty("aws.secretAccessKey", SECRET_KEY);
    return builder.s3Endpoint(endpoint.toString());
  }

  /// Stops the server and deletes what it kept.
  @Override
  public void close() {
    stop.run();
  }
}
