package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// Options from URIs, and where they and the environment send requests.
class S3OptionsTest {
  private final S3Options plain = S3Options.of("bucket", "a/b");

  @ParameterizedTest
  @CsvSource({
    "s3://bucket, bucket, ''",
    "s3://bucket/, bucket, ''",
    "s3://bucket/a, bucket, a/",
    "s3://bucket/a/b/, bucket, a/b/",
    "s3://my_bucket.x/a%20b, my_bucket.x, a b/"
  })
  void bucketAndPrefixAreTheUris(String uri, String bucket, String prefix) {
    S3Options options = S3Options.of(URI.create(uri));

    assertThat(options.bucket()).isEqualTo(bucket);
    assertThat(options.prefix()).isEqualTo(prefix);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3:bucket",
        "http://bucket/a",
        "s3://bucket/a?x=1",
        "s3://bucket/a#x",
        "s3://test-access:test-secret@bucket/a",
        "s3://bucket//a",
        "s3://bucket/a/../b",
        "s3://b/"
      })
  void uriIsRefusedWithoutItsSecret_whenItIsMoreOrLessThanBucketAndPrefix(String uri) {
    assertThatThrownBy(() -> S3Options.of(URI.create(uri)))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageNotContaining("test-secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://host",
        "host:9000",
        "http://test-access:test-secret@host",
        "http://host?secret=test-secret",
        "http:///path"
      })
  void endpointIsRefusedWithoutItsSecret_whenItIsNotTheAddressOfAService(String endpoint) {
    assertThatThrownBy(() -> plain.withEndpoint(URI.create(endpoint)))
        .isInstanceOf(RefusedException.class)
        .hasMessageNotContaining("test-secret@");
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:9000, true",
    "http://LOCALHOST, true",
    "http://127.0.0.1:9000, true",
    "http://[::1]:9000, true",
    "https://minio.example, false",
    "https://s3.localhost, false"
  })
  void bucketGoesIntoThePath_whenTheHostCannotHaveSubdomains(String endpoint, boolean pathStyle) {
    S3Options options = plain.withEndpoint(URI.create(endpoint));

    assertThat(S3Endpoint.resolve(options, Map.of()).pathStyle()).isEqualTo(pathStyle);
    assertThat(
            S3Endpoint.resolve(options.withAddressing(S3Options.Addressing.PATH), Map.of())
                .pathStyle())
        .isTrue();
    assertThat(
            S3Endpoint.resolve(options.withAddressing(S3Options.Addressing.VIRTUAL_HOST), Map.of())
                .pathStyle())
        .isFalse();
  }

  @Test
  void endpointComesFromTheEnvironment_whenTheOptionsNameNone() {
    URI own = URI.create("http://own:1");
    URI forS3 = URI.create("http://s3:1");
    Map<String, String> environment =
        Map.of("AWS_ENDPOINT_URL", "http://all:1", "AWS_ENDPOINT_URL_S3", "http://s3:1");

    assertThat(S3Endpoint.resolve(plain.withEndpoint(own), environment).override()).contains(own);
    assertThat(S3Endpoint.resolve(plain, environment).override()).contains(forS3);
    assertThat(S3Endpoint.resolve(plain, Map.of("AWS_ENDPOINT_URL", "http://all:1")).override())
        .contains(URI.create("http://all:1"));
    assertThat(
            S3Endpoint.resolve(
                    plain,
                    Map.of(
                        "AWS_ENDPOINT_URL",
                        "http://all:1",
                        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                        "true"))
                .override())
        .isEmpty();
  }

  @Test
  void configuredEndpointIsRefused_whenItIsNoUrl() {
    assertThatThrownBy(() -> S3Endpoint.resolve(plain, Map.of("AWS_ENDPOINT_URL", "http://a b")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("endpoint");
  }

  @Test
  void regionIsTheOptions_whenTheyNameOne() {
    assertThat(S3Endpoint.resolve(plain.withRegion("eu-west-1"), Map.of()).region())
        .isEqualTo(Optional.of("eu-west-1"));
  }

  @Test
  void patienceIsRefused_whenItAllowsNoAttempt() {
    S3Options.Patience patience = S3Options.Patience.DEFAULT;
    assertThatThrownBy(() ->
            new S3Options.Patience(
                0,
                patience.firstDelay(),
                patience.longestDelay(),
                patience.connect(),
                patience.silence(),
                patience.stall(),
                patience.throttled()))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void textShowsNoSecret_whenCredentialsAreProvided() {
    S3Options options =
        plain.withCredentials(
            new S3Options.Credentials.Provided(
                StaticCredentialsProvider.create(
                    AwsSessionCredentials.create("test-access", "test-secret", "test-token"))));

    assertThat(options.toString())
        .contains("bucket", "***")
        .doesNotContain("test-access", "test-secret", "test-token");
  }
}
