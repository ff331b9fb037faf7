package io.penstock.s3;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/// Signs GETs by version 4 of Amazon's signature, in the `Authorization` header, for one region and
/// service. Thread-safe.
final class RequestSigner {
  // The key of a signature depends on the secret, the day, the region and the service only: it is
  // kept as a primed HMAC, of which each signature uses a copy. A copy of a digest is made faster
  // than one that is looked up.

  /// The SHA-256 of no bytes: the body of a GET.
  static final String EMPTY_BODY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  /// For how long an answer of the credentials' provider serves requests that cannot wait for one.
  private static final Duration KEPT = Duration.ofSeconds(1);

  /// Amazon refuses requests that are further off.
  private static final Duration MOST_SKEW = Duration.ofMinutes(4);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DAY_LENGTH = 8;
  private static final String ALGORITHM = "HmacSHA256";
  private static final List<String> SKEWED = List.of("RequestTimeTooSkewed", "RequestExpired");

  private final AwsCredentialsProvider credentials;
  private final boolean anonymous;
  private final InstantSource clock;
  private final String region;
  private final String service;
  private final MessageDigest blankDigest = sha256();
  private final AtomicReference<@Nullable DailyKey> dailyKey = new AtomicReference<>();
  private volatile Moment lastMoment = Moment.NEVER;
  private volatile @Nullable Answer lastAnswer;
  private volatile Duration correction = Duration.ZERO;

  /// What the provider said, and when.
  ///
  /// @param who empty: nobody
  private record Answer(Optional<AwsCredentials> who, Instant when) {
    static final Answer ANONYMOUS = new Answer(Optional.empty(), Instant.MIN);
  }

  /// A second as signatures name it.
  private record Moment(long second, String time) {
    static final Moment NEVER = new Moment(Long.MIN_VALUE, "");

    static Moment of(Instant when) {
      return new Moment(when.getEpochSecond(), TIME.format(when));
    }

    String day() {
      return time.substring(0, DAY_LENGTH);
    }
  }

  /// The key for one secret on one day.
  private record DailyKey(String secret, String day, Mac primed) {}

  RequestSigner(
      AwsCredentialsProvider credentials, InstantSource clock, String region, String service) {
    this.credentials = credentials;
    this.anonymous = credentials instanceof AnonymousCredentialsProvider;
    this.clock = clock;
    this.region = region;
    this.service = service;
  }

  /// Adds date, hash of the body, session token and signature to the headers of a GET; nothing if
  /// requests are anonymous. May block when the provider of the credentials asks somebody.
  ///
  /// @param path percent-encoded
  /// @param headers all of them are signed; names in lower case, in their natural order
  /// @throws software.amazon.awssdk.core.exception.SdkException if there are no credentials
  void sign(String path, SortedMap<String, String> headers) {
    Answer answer = ask();
    lastAnswer = answer;
    answer.who().ifPresent(found -> sign(path, headers, found));
  }

  /// The same, if that is possible without asking the provider of the credentials: it was asked a
  /// moment ago. Never blocks.
  ///
  /// @return whether it is done; else the headers are as they were
  boolean signAtOnce(String path, SortedMap<String, String> headers) {
    Answer answer = anonymous ? Answer.ANONYMOUS : lastAnswer;
    if (answer == null || !(anonymous || isFresh(answer))) {
      return false;
    }
    answer.who().ifPresent(found -> sign(path, headers, found));
    return true;
  }

  private boolean isFresh(Answer answer) {
    Duration age = Duration.between(answer.when(), clock.instant());
    return !age.isNegative() && age.compareTo(KEPT) < 0;
  }

  private Answer ask() {
    if (anonymous) {
      return Answer.ANONYMOUS;
    }
    Instant now = clock.instant();
    AwsCredentials found = credentials.resolveCredentials();
    boolean nobody = found.accessKeyId() == null || found.secretAccessKey() == null;
    return new Answer(nobody ? Optional.empty() : Optional.of(found), now);
  }

  private void sign(String path, SortedMap<String, String> headers, AwsCredentials found) {
    Moment now = moment();
    String time = now.time();
    String day = now.day();
    headers.put("x-amz-content-sha256", EMPTY_BODY);
    headers.put("x-amz-date", time);
    if (found instanceof AwsSessionCredentials session) {
      boolean express = service.equals(BucketAddress.EXPRESS);
      headers.put(
          express ? "x-amz-s3session-token" : "x-amz-security-token", session.sessionToken());
    }
    String names = String.join(";", headers.keySet());
    String scope = day + "/" + region + "/" + service + "/aws4_request";
    String toSign =
        "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hash(canonical(path, headers, names));
    byte[] signature =
        copy(key(found.secretAccessKey(), day)).doFinal(toSign.getBytes(StandardCharsets.UTF_8));
    headers.put(
        "authorization",
        "AWS4-HMAC-SHA256 Credential="
            + found.accessKeyId()
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + HexFormat.of().formatHex(signature));
  }

  private Moment moment() {
    Instant now = clock.instant().plus(correction);
    Moment last = lastMoment;
    if (last.second() != now.getEpochSecond()) {
      last = Moment.of(now);
      lastMoment = last;
    }
    return last;
  }

  private static String canonical(String path, SortedMap<String, String> headers, String names) {
    StringBuilder text = new StringBuilder(512).append("GET\n").append(path).append("\n\n");
    headers.forEach(
        (name, value) -> text.append(name).append(':').append(plain(value)).append('\n'));
    return text.append('\n').append(names).append('\n').append(EMPTY_BODY).toString();
  }

  /// Without spaces around it and without several of them in a row.
  private static String plain(String value) {
    String stripped = value.strip();
    return stripped.contains("  ") ? stripped.replaceAll(" {2,}", " ") : stripped;
  }

  private Mac key(String secret, String day) {
    DailyKey known = dailyKey.get();
    if (known == null || !known.day().equals(day) || !known.secret().equals(secret)) {
      known = new DailyKey(secret, day, derive(secret, day));
      dailyKey.set(known);
    }
    return known.primed();
  }

  private Mac derive(String secret, String day) {
    byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
    for (String part : List.of(day, region, service, "aws4_request")) {
      key = primed(key).doFinal(part.getBytes(StandardCharsets.UTF_8));
    }
    return primed(key);
  }

  private static Mac primed(byte[] key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + ALGORITHM, e);
    }
  }

  private static Mac copy(Mac primed) {
    try {
      return (Mac) primed.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("this Java's " + ALGORITHM + " cannot be copied", e);
    }
  }

  private String hash(String text) {
    try {
      MessageDigest digest = (MessageDigest) blankDigest.clone();
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("this Java's SHA-256 cannot be copied", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /// Learns from a refusal: takes over the service's time when ours was the reason, and asks for
  /// credentials anew when those of before have expired.
  ///
  /// @param code of the refusal
  /// @param date of the refusal
  /// @return whether later requests carry another time, so that the refused one may succeed
  boolean learn(String code, Optional<Instant> date) {
    if (S3Failures.isExpired(code)) {
      lastAnswer = null;
    }
    if (!SKEWED.contains(code) || date.isEmpty()) {
      return false;
    }
    Duration found = Duration.between(clock.instant(), date.get());
    boolean other = found.minus(correction).abs().compareTo(MOST_SKEW) > 0;
    if (other) {
      correction = found;
    }
    return other;
  }

  /// What is added to our clock to get the service's.
  Duration correction() {
    return correction;
  }
}
