package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ByteRange;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/// Signatures of GETs: those of the SDK, over many requests; whose they are, and of what time.
class RequestSignerTest {
  private static final int REQUESTS = 10_000;
  private static final Instant NOON = Instant.parse("2026-02-28T12:00:00Z");
  private static final List<String> PIECES =
      List.of(
          "a",
          "Z",
          "0",
          "c/0",
          " ",
          "  ",
          "+",
          "%",
          "%2F",
          "=",
          "&",
          "?",
          "#",
          ":",
          "@",
          "!",
          "'",
          "(",
          ")",
          "*",
          ",",
          ";",
          "~",
          "_",
          "-",
          ".",
          "$",
          "[",
          "]",
          "{",
          "}",
          "|",
          "^",
          "`",
          "\"",
          "<",
          ">",
          "é",
          "ß",
          "漢",
          "\uD83D\uDE00",
          "e\u0301",
          "__penstock/",
          "x.zarr/");
  private static final List<String> REGIONS =
      List.of("us-east-1", "eu-central-1", "ap-southeast-4", "cn-north-1", "us-gov-west-1", "auto");

  private final AwsV4HttpSigner sdk = AwsV4HttpSigner.create();

  @Test
  void signatureIsTheSdks_overRandomRequests() {
    long seed = new Random().nextLong();
    System.out.println("RequestSignerTest: " + REQUESTS + " requests of seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < REQUESTS; i++) {
      Case drawn = draw(random);

      Map<String, String> ours = ours(drawn);

      assertThat(ours).as("request %d of seed %d: %s", i, seed, drawn).isEqualTo(theirs(drawn));
    }
  }

  private record Case(
      URI base,
      String prefix,
      GetRequest request,
      AwsCredentials credentials,
      String region,
      String service,
      Instant time,
      boolean requesterPays) {}

  private static Case draw(Random random) {
    String bucket = "bucket-" + random.nextInt(100);
    boolean pathStyle = random.nextBoolean();
    String scheme = random.nextBoolean() ? "http" : "https";
    String port = random.nextInt(3) == 0 ? ":" + (1024 + random.nextInt(60_000)) : "";
    String host =
        pathStyle ? pick(random, List.of("127.0.0.1", "[::1]", "s3.test")) : bucket + ".s3.test";
    String access = "TEST" + random.nextInt(1000);
    String secret = "test-secret/+" + random.nextInt(3);
    return new Case(
        URI.create(scheme + "://" + host + port + (pathStyle ? "/" + bucket : "")),
        random.nextBoolean() ? "" : key(random, 3) + "/",
        new GetRequest(
            key(random, 1 + random.nextInt(12)),
            new ByteRange(
                random.nextLong(1L << (1 + random.nextInt(50))), 1 + random.nextLong(1L << 24)),
            etag(random),
            Optional.empty()),
        random.nextInt(3) == 0
            ? AwsSessionCredentials.create(access, secret, "test token/+=" + random.nextInt())
            : AwsBasicCredentials.create(access, secret),
        pick(random, REGIONS),
        random.nextInt(5) == 0 ? BucketAddress.EXPRESS : "s3",
        NOON.plusSeconds(random.nextInt(10_000_000)),
        random.nextInt(4) == 0);
  }

  private static Optional<String> etag(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> Optional.of("\"" + random.nextLong() + "-7\"");
      case 1 -> Optional.of("\"a  b\"");
      default -> Optional.empty();
    };
  }

  private static String key(Random random, int pieces) {
    StringBuilder key = new StringBuilder("k");
    for (int i = 0; i < pieces; i++) {
      key.append(pick(random, PIECES));
    }
    return key.toString();
  }

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static Map<String, String> ours(Case drawn) {
    RequestSigner signer =
        new RequestSigner(
            StaticCredentialsProvider.create(drawn.credentials()),
            InstantSource.fixed(drawn.time()),
            drawn.region(),
            drawn.service());
    BucketAddress address = BucketAddress.of(drawn.base(), drawn.region(), drawn.service());
    byte[] head =
        new RequestHead(address, drawn.prefix(), signer, drawn.requesterPays()).of(drawn.request());
    Map<String, String> lines = lines(head);
    assertThat(lines.remove("user-agent")).isEqualTo("penstock");
    return lines;
  }

  /// The first line under the empty name, and the headers.
  private static Map<String, String> lines(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8);
    assertThat(text).endsWith("\r\n\r\n");
    Map<String, String> lines = new LinkedHashMap<>();
    for (String line : text.strip().split("\r\n", -1)) {
      int colon = line.indexOf(": ");
      boolean first = lines.isEmpty();
      lines.put(first ? "" : line.substring(0, colon), first ? line : line.substring(colon + 2));
    }
    return lines;
  }

  private Map<String, String> theirs(Case drawn) {
    GetRequest get = drawn.request();
    String path =
        (drawn.base().getRawPath() + "/")
            + SdkHttpUtils.urlEncodeIgnoreSlashes(drawn.prefix() + get.key());
    long last = get.range().end() - 1;
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.GET)
            .uri(URI.create(drawn.base().getScheme() + "://" + drawn.base().getRawAuthority()))
            .encodedPath(path)
            .putHeader("x-amz-content-sha256", RequestSigner.EMPTY_BODY)
            .putHeader("range", "bytes=" + get.range().offset() + "-" + last);
    get.etag().ifPresent(etag -> request.putHeader("if-match", etag));
    if (drawn.requesterPays()) {
      request.putHeader("x-amz-request-payer", "requester");
    }
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("", "GET " + path + " HTTP/1.1");
    signedBySdk(drawn, request)
        .request()
        .forEachHeader(
            (name, values) -> lines.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    return lines;
  }

  private SignedRequest signedBySdk(Case drawn, SdkHttpRequest.Builder request) {
    boolean express = drawn.service().equals(BucketAddress.EXPRESS);
    AwsCredentials identity = drawn.credentials();
    if (express && identity instanceof AwsSessionCredentials session) {
      request.putHeader("x-amz-s3session-token", session.sessionToken());
      identity = AwsBasicCredentials.create(session.accessKeyId(), session.secretAccessKey());
    }
    AwsCredentials signer = identity;
    return sdk.sign(sign ->
        sign.identity(signer)
            .request(request.build())
            .putProperty(AwsV4HttpSigner.REGION_NAME, drawn.region())
            .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, drawn.service())
            .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
            .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
            .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(drawn.time(), ZoneOffset.UTC)));
  }

  @Test
  void nothingIsSigned_whenAnonymous() {
    RequestSigner signer =
        new RequestSigner(
            AnonymousCredentialsProvider.create(), InstantSource.fixed(NOON), "auto", "s3");
    SortedMap<String, String> headers = new TreeMap<>(Map.of("host", "h"));

    signer.sign("/b/k", headers);

    assertThat(headers).containsOnlyKeys("host");
  }

  @Test
  void nextRequestIsSignedByTheNextCredentials_whenTheyAreRefreshed() {
    AtomicReference<AwsCredentials> current = new AtomicReference<>();
    RequestSigner signer = new RequestSigner(current::get, InstantSource.fixed(NOON), "auto", "s3");
    List<String> seen = new ArrayList<>();
    for (AwsCredentials next :
        List.of(
            AwsBasicCredentials.create("first", "test-one"),
            AwsSessionCredentials.create("second", "test-two", "test-token"),
            AwsBasicCredentials.create("first", "test-one"))) {
      current.set(next);
      SortedMap<String, String> headers = new TreeMap<>(Map.of("host", "h"));
      signer.sign("/b/k", headers);
      seen.add(headers.get("authorization"));
      assertThat(headers.containsKey("x-amz-security-token"))
          .isEqualTo(next instanceof AwsSessionCredentials);
    }

    assertThat(seen.get(0)).contains("Credential=first/").isEqualTo(seen.get(2));
    assertThat(seen.get(1)).contains("Credential=second/");
  }

  @Test
  void nobodyIsAsked_whenTheProviderAnsweredAMomentAgo() {
    AtomicReference<Instant> now = new AtomicReference<>(NOON);
    AtomicInteger asked = new AtomicInteger();
    RequestSigner signer =
        new RequestSigner(
            () -> AwsBasicCredentials.create("number-" + asked.incrementAndGet(), "test"),
            now::get,
            "auto",
            "s3");
    assertThat(signedAtOnce(signer)).as("before it was ever asked").isEmpty();

    signer.sign("/b/k", new TreeMap<>(Map.of("host", "h")));
    assertThat(signedAtOnce(signer)).hasValueSatisfying(of -> assertThat(of).contains("number-1/"));
    now.set(NOON.plusMillis(999));
    assertThat(signedAtOnce(signer)).hasValueSatisfying(of -> assertThat(of).contains("number-1/"));
    now.set(NOON.plusMillis(1_000));
    assertThat(signedAtOnce(signer)).as("a second later").isEmpty();
    now.set(NOON.minusMillis(1));
    assertThat(signedAtOnce(signer)).as("by a clock that went back").isEmpty();
    assertThat(asked).hasValue(1);
  }

  @Test
  void providerIsAskedAnew_whenTheServiceSaysThatCredentialsHaveExpired() {
    RequestSigner signer =
        new RequestSigner(
            () -> AwsBasicCredentials.create("test", "test"),
            InstantSource.fixed(NOON),
            "auto",
            "s3");
    signer.sign("/b/k", new TreeMap<>(Map.of("host", "h")));
    assertThat(signedAtOnce(signer)).isPresent();

    assertThat(signer.learn("ExpiredToken", Optional.of(NOON))).isFalse();

    assertThat(signedAtOnce(signer)).isEmpty();
  }

  private static Optional<String> signedAtOnce(RequestSigner signer) {
    SortedMap<String, String> headers = new TreeMap<>(Map.of("host", "h"));
    boolean done = signer.signAtOnce("/b/k", headers);
    assertThat(headers.size() > 1).isEqualTo(done);
    return done ? Optional.of(headers.get("authorization")) : Optional.empty();
  }

  @Test
  void clockIsCorrectedOnce_whenTheServiceSaysThatItIsOff() {
    RequestSigner signer =
        new RequestSigner(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")),
            InstantSource.fixed(NOON),
            "auto",
            "s3");
    Optional<Instant> theirs = Optional.of(NOON.plus(Duration.ofHours(2)));

    assertThat(signer.learn("AccessDenied", theirs)).isFalse();
    assertThat(signer.learn("RequestTimeTooSkewed", Optional.empty())).isFalse();
    assertThat(signer.learn("RequestTimeTooSkewed", theirs)).isTrue();
    assertThat(signer.learn("RequestTimeTooSkewed", theirs)).isFalse();

    SortedMap<String, String> headers = new TreeMap<>(Map.of("host", "h"));
    signer.sign("/b/k", headers);
    assertThat(headers).containsEntry("x-amz-date", "20260228T140000Z");
  }

  @Test
  void addressIsTheSdks_forEveryStyle() {
    assertThat(resolved("", false, Region.EU_CENTRAL_1, "bkt"))
        .contains(
            new BucketAddress(
                true,
                "bkt.s3.eu-central-1.amazonaws.com",
                443,
                "bkt.s3.eu-central-1.amazonaws.com",
                "/",
                "eu-central-1",
                "s3"));
    assertThat(resolved("http://127.0.0.1:9000", true, Region.US_EAST_1, "bkt"))
        .contains(
            new BucketAddress(
                false, "127.0.0.1", 9000, "127.0.0.1:9000", "/bkt/", "us-east-1", "s3"));
    assertThat(resolved("https://storage.test/base", false, Region.US_EAST_1, "bkt"))
        .contains(
            new BucketAddress(
                true, "bkt.storage.test", 443, "bkt.storage.test", "/base/", "us-east-1", "s3"));
    assertThat(resolved("http://[::1]:9000", true, Region.US_EAST_1, "bkt"))
        .contains(new BucketAddress(false, "::1", 9000, "[::1]:9000", "/bkt/", "us-east-1", "s3"));
  }

  @Test
  void addressIsLeftToTheSdk_whenRequestsNeedSessions() {
    assertThat(resolved("", false, Region.US_EAST_1, "data--use1-az4--x-s3")).isEmpty();
  }

  @Test
  void addressIsBehindAProxy_unlessItIsExempt() {
    BucketAddress address = resolved("http://s3.test", true, Region.US_EAST_1, "bkt").orElseThrow();
    ProxyConfiguration.Builder proxy =
        ProxyConfiguration.builder()
            .useSystemPropertyValues(false)
            .useEnvironmentVariableValues(false)
            .endpoint(URI.create("http://proxy.test:3128"));

    assertThat(address.isBehind(proxy.build())).isTrue();
    assertThat(address.isBehind(proxy.addNonProxyHost(".*[.]test").build())).isFalse();
    assertThat(address.isBehind(proxy.endpoint(null).nonProxyHosts(Set.of()).build())).isFalse();
  }

  private static Optional<BucketAddress> resolved(
      String override, boolean pathStyle, Region region, String bucket) {
    Optional<URI> uri = override.isEmpty() ? Optional.empty() : Optional.of(URI.create(override));
    return BucketAddress.resolve(new S3Endpoint(uri, Optional.empty(), pathStyle), region, bucket);
  }
}
