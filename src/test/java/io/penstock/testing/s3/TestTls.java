package io.penstock.testing.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// A certificate for 127.0.0.1 that nobody but the test trusts, made by the JDK's keytool.
public final class TestTls {
  private static final String PASSWORD = "test-secret";
  private static final String ALIAS = "server";

  private final KeyStore keys;
  private final SSLContext server;
  private final TrustManager trust;

  private TestTls(KeyStore keys, SSLContext server, TrustManager trust) {
    this.keys = keys;
    this.server = server;
    this.trust = trust;
  }

  /// Makes one; takes about a second.
  public static TestTls create() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("penstock-tls");
    Path file = directory.resolve("keys.p12");
    try {
      makeKey(file);
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        keys.load(in, PASSWORD.toCharArray());
      }
      return of(keys);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static void makeKey(Path file) throws IOException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-dname",
                "CN=penstock test",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool: " + said);
    }
  }

  private static TestTls of(KeyStore keys) throws GeneralSecurityException, IOException {
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD.toCharArray());
    SSLContext server = SSLContext.getInstance("TLS");
    server.init(own.getKeyManagers(), null, null);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(ALIAS, keys.getCertificate(ALIAS));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return new TestTls(keys, server, trust.getTrustManagers()[0]);
  }

  /// For the server.
  SSLContext server() {
    return server;
  }

  /// Writes the certificate and its key as other programs read them, in PEM.
  public void write(Path certificate, Path key) throws IOException {
    try {
      writePem(certificate, "CERTIFICATE", keys.getCertificate(ALIAS).getEncoded());
      writePem(key, "PRIVATE KEY", keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void writePem(Path file, String what, byte[] encoded) throws IOException {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n");
  }

  /// For clients that shall trust the server.
  public TrustManager trust() {
    return trust;
  }

  /// For clients of the JDK's that shall trust the server.
  ///
  /// @param trust empty: trust whom the JDK trusts
  public static SSLContext client(Optional<TrustManager> trust) {
    try {
      SSLContext client = SSLContext.getInstance("TLS");
      client.init(null, trust.map(each -> new TrustManager[] {each}).orElse(null), null);
      return client;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
