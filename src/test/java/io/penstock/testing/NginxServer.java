package io.penstock.testing;

import io.penstock.testing.s3.TestTls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A real nginx for the length of a test, which serves files as if they were objects: it answers
/// ranged GETs with ETags and conditions, and ignores signatures. Started empty, on a free port of
/// the loopback. Whoever starts it closes it; its methods may be called from any thread.
public final class NginxServer implements AutoCloseable {
  private final URI endpoint;
  private final Path objects;
  private final Runnable stop;

  private NginxServer(URI endpoint, Path objects, Runnable stop) {
    this.endpoint = endpoint;
    this.objects = objects;
    this.stop = stop;
  }

  /// Starts the program that [Environment#nginx()] names and waits until it answers; skips or fails
  /// without one.
  ///
  /// @param tls of its connections; empty: they are not encrypted
  public static NginxServer start(Optional<TestTls> tls) {
    Path program = Environment.nginx();
    try {
      return launch(program, tls, Files.createTempDirectory("penstock-nginx-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static NginxServer launch(Path program, Optional<TestTls> tls, Path folder)
      throws IOException {
    String address = "127.0.0.1:" + MinioServer.freePort();
    Path objects = Files.createDirectory(folder.resolve("objects"));
    if (tls.isPresent()) {
      tls.get().write(folder.resolve("certificate"), folder.resolve("key"));
    }
    Path settings = folder.resolve("nginx.conf");
    Files.writeString(settings, settings(address, tls.isPresent()));
    Process process =
        new ProcessBuilder(
                program.toString(),
                "-p",
                folder.toString(),
                "-c",
                settings.toString(),
                "-e",
                "stderr")
            .redirectErrorStream(true)
            .start();
    Runnable stop = () -> MinioServer.stop(process, folder);
    BufferedReader output = process.inputReader();
    List<String> seen = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      seen.add(line);
      if (line.contains("start worker process ")) {
        Thread.ofVirtual().start(() -> MinioServer.drain(output));
        String scheme = tls.isPresent() ? "https://" : "http://";
        return new NginxServer(URI.create(scheme + address), objects, stop);
      }
    }
    stop.run();
    throw new IOException("nginx ended before it answered: " + String.join("\n", seen));
  }

  private static String settings(String address, boolean tls) {
    // Workers of an nginx that root starts would be somebody who cannot read our files.
    String user = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
    return user
        + """
        daemon off;
        pid pid;
        error_log stderr notice;
        worker_processes 2;
        events { worker_connections 1024; }
        http {
          access_log off;
          sendfile on;
          keepalive_requests 1000000;
          client_body_temp_path t1;
          proxy_temp_path t2;
          fastcgi_temp_path t3;
          uwsgi_temp_path t4;
          scgi_temp_path t5;
          server {
            listen %s%s;
            root objects;
        %s  }
        }
        """
            .formatted(
                address,
                tls ? " ssl" : "",
                tls ? "    ssl_certificate certificate;\n    ssl_certificate_key key;\n" : "");
  }

  /// Where it listens, as `http://host:port` or `https://host:port`.
  public URI endpoint() {
    return endpoint;
  }

  /// Puts an object, without a request.
  public void put(String bucket, String key, byte[] content) {
    try {
      Path file = objects.resolve(bucket).resolve(key);
      Files.createDirectories(file.getParent());
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Stops the server and deletes what it kept.
  @Override
  public void close() {
    stop.run();
  }
}
