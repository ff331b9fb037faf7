package io.penstock.s3;

import io.penstock.store.ByteRange;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;

/// Question: what does the signature of a ranged GET cost?
///
/// Controls: the same head without a signature; the SDK's signer for the same request, without
/// making bytes of it.
///
/// Command: `mvn -Pjmh verify -Djmh.args='RequestSignerBenchmark -prof gc'`
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RequestSignerBenchmark {
  private static final AwsBasicCredentials CREDENTIALS =
      AwsBasicCredentials.create("test-access", "test-secret");
  private static final String KEY = "datasets/images/data/f-000001/image/c/17/0/0/0";

  private final BucketAddress address =
      BucketAddress.of(URI.create("http://127.0.0.1:9000/bucket"), "us-east-1", "s3");
  private final RequestHead signed = head(StaticCredentialsProvider.create(CREDENTIALS));
  private final RequestHead unsigned = head(AnonymousCredentialsProvider.create());
  private final AwsV4HttpSigner sdk = AwsV4HttpSigner.create();
  private long offset;

  private RequestHead head(AwsCredentialsProvider credentials) {
    RequestSigner signer =
        new RequestSigner(credentials, InstantSource.system(), address.region(), address.service());
    return new RequestHead(address, "", signer, false);
  }

  private ByteRange range() {
    offset = (offset + 8191) & 0xFFFFFFF;
    return new ByteRange(offset, 64 << 10);
  }

  private GetRequest request() {
    return new GetRequest(KEY, range(), Optional.of("\"0123456789abcdef\""), Optional.empty());
  }

  /// The bytes of a request with a signature.
  @Benchmark
  public byte[] signed() {
    return signed.of(request());
  }

  /// The same without.
  @Benchmark
  public byte[] unsigned() {
    return unsigned.of(request());
  }

  /// The SDK's headers for the same request.
  @Benchmark
  public Object sdk() {
    ByteRange range = range();
    SdkHttpRequest request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.GET)
            .uri(URI.create("http://127.0.0.1:9000/bucket/" + KEY))
            .putHeader("range", "bytes=" + range.offset() + "-" + (range.end() - 1))
            .putHeader("if-match", "\"0123456789abcdef\"")
            .build();
    return sdk.sign(sign ->
            sign.identity(CREDENTIALS)
                .request(request)
                .putProperty(AwsV4HttpSigner.REGION_NAME, "us-east-1")
                .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
                .putProperty(HttpSigner.SIGNING_CLOCK, Clock.systemUTC()))
        .request();
  }
}
