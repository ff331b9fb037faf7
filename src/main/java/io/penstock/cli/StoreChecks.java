package io.penstock.cli;

import io.penstock.Penstock;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.ObjectKeys;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreProbe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/// What can be said of the store behind a URI: as whom it is asked, how far its clock is off,
/// whether a dataset is there, whether conditional writes hold, how fast it is.
final class StoreChecks {
  private static final Duration WORRYING_SKEW = Duration.ofMinutes(1);
  private static final String PREFIX = "__penstock/doctor/";
  private static final long PIECE_BYTES = 8L << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Findings findings;
  private final StoreOptions options;
  private final Terminal terminal;

  StoreChecks(Findings findings, StoreOptions options, Terminal terminal) {
    this.findings = findings;
    this.options = options;
    this.terminal = terminal;
  }

  void run(String uri, boolean write) {
    if (uri.startsWith("s3:")) {
      credentials();
      clock();
    }
    try (Penstock penstock = options.penstock(2 * PIECE_BYTES);
        Store store = penstock.store(uri)) {
      if (!findings.check("access", () -> dataset(store))) {
        return;
      }
      findings.check("read-speed", () -> readSpeed(store));
      if (write) {
        findings.check("conditional-writes", () -> conditionalWrites(store));
        findings.check("write-speed", () -> writeSpeed(store));
      }
    } catch (PenstockException e) {
      findings.fail("store", String.valueOf(e.getMessage()), e.code(), Advice.next(e.code()));
    }
  }

  private void credentials() {
    if (options.anonymous) {
      findings.ok("credentials", "none, requests are not signed");
      return;
    }
    try (DefaultCredentialsProvider chain = DefaultCredentialsProvider.builder().build()) {
      AwsCredentials found = chain.resolveCredentials();
      findings.ok("credentials", "from " + source(found.providerName().orElse("")));
    } catch (SdkClientException e) {
      findings.fail(
          "credentials",
          "none found",
          ErrorCode.NOT_PERMITTED,
          "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --anonymous");
    }
  }

  /// The SDK names providers by the codes that it also sends in its user agent.
  private static String source(String code) {
    return switch (code) {
      case "f" -> "Java system properties";
      case "g" -> "environment variables";
      case "h", "k", "q" -> "a web identity token";
      case "i", "o", "p" -> "an assumed role";
      case "n" -> "a profile";
      case "r", "s", "t", "u" -> "single sign-on";
      case "v", "w" -> "a credential process";
      case "z" -> "the container";
      case "0" -> "the instance";
      default -> "the AWS chain" + (code.isEmpty() ? "" : " (" + code + ")");
    };
  }

  private void clock() {
    String endpoint = options.endpoint(terminal.environment()).orElse("https://s3.amazonaws.com");
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(endpoint)).timeout(PATIENCE).HEAD().build();
      HttpResponse<Void> answer = client.send(request, HttpResponse.BodyHandlers.discarding());
      Optional<Instant> time =
          answer
              .headers()
              .firstValue("Date")
              .map(date -> ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME))
              .map(ZonedDateTime::toInstant);
      if (time.isEmpty()) {
        findings.warn("clock", "the store does not tell its time", "compare the clocks by hand");
      } else {
        skew(Duration.between(time.get(), Instant.now()));
      }
    } catch (IOException | IllegalArgumentException | java.time.DateTimeException e) {
      findings.warn(
          "clock", "cannot ask " + endpoint + ": " + e, "check --endpoint and the network");
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void skew(Duration skew) {
    String text = String.format(Locale.ROOT, "%.1f s ahead of the store", skew.toMillis() / 1e3);
    if (skew.abs().compareTo(WORRYING_SKEW) > 0) {
      findings.warn("clock", text, "set the clock: signed requests fail beyond fifteen minutes");
    } else {
      findings.ok("clock", text);
    }
  }

  private static Object dataset(Store store) {
    return store.stat(ObjectKeys.ROOT).isPresent()
        ? "a dataset is at " + store.uri()
        : "reachable; no dataset is at " + store.uri();
  }

  /// Reads a piece of the largest object that the first page of a listing shows.
  private Object readSpeed(Store store) {
    Optional<ObjectInfo> largest =
        store.list("", "", 1000).objects().stream()
            .max(java.util.Comparator.comparingLong(ObjectInfo::bytes));
    if (largest.isEmpty() || largest.get().bytes() == 0) {
      return "nothing to read";
    }
    long bytes = Math.min(PIECE_BYTES, largest.get().bytes());
    speed(store, largest.get().key(), 1); // connections and classes are there afterwards
    return speed(store, largest.get().key(), bytes);
  }

  private String speed(Store store, String key, long bytes) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(bytes, 64);
      long start = terminal.nanoTime().getAsLong();
      store.read(RangeRequest.of(key, 0, bytes), Landing.into(target)).get();
      return rate(bytes, start, "one request");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PenstockException known) {
        throw known;
      }
      throw new TransientException(
          ErrorCode.STORE_UNAVAILABLE, "cannot read " + key + ": " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static Object conditionalWrites(Store store) {
    return switch (StoreProbe.probe(store, PREFIX, StoreChecks::freshId)) {
      case StoreProbe.Finding.Capable _ -> "hold";
      case StoreProbe.Finding.Incapable(String reason) ->
          throw new RefusedException(ErrorCode.STORE_INCAPABLE, reason);
      case StoreProbe.Finding.Undecided(String reason) ->
          throw new TransientException(ErrorCode.STORE_UNAVAILABLE, reason);
    };
  }

  private Object writeSpeed(Store store) {
    String key = PREFIX + freshId();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment body = arena.allocate(PIECE_BYTES, 64);
      long start = terminal.nanoTime().getAsLong();
      store.put(key, body, PutCondition.CREATE_ONLY);
      return rate(PIECE_BYTES, start, "one put");
    } finally {
      store.delete(key);
    }
  }

  private String rate(long bytes, long startNanos, String how) {
    double seconds = (terminal.nanoTime().getAsLong() - startNanos) / 1e9;
    return new ByteCount(bytes)
        + String.format(Locale.ROOT, " in %.0f ms (%s), ", seconds * 1e3, how)
        + new ByteCount((long) (bytes / Math.max(seconds, 1e-9)))
        + "/s";
  }

  private static String freshId() {
    byte[] id = new byte[16];
    new java.security.SecureRandom().nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  private static TransientException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new TransientException(ErrorCode.INTERRUPTED, "interrupted while asking the store", e);
  }
}
