package io.penstock.testing.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.MinioServer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// The origin for tests gives the answers that MinIO gives: status, code, lengths, ranges, tags,
/// bytes, keys; to generated requests.
class S3OriginMinioIT {
  private static final long SEED = 20_26;
  private static final int ROUNDS = 400;
  private static final int BYTES = 5_000;

  private static MinioServer minio;
  private static S3TestServer origin;
  private static List<S3Client> clients = List.of();
  private final byte[] content = new byte[BYTES];

  @BeforeAll
  static void start() {
    minio = MinioServer.start();
    origin = S3TestServer.start();
    clients =
        List.of(
            client(minio.endpoint(), minio.accessKey(), minio.secretKey()),
            client(origin.endpoint(), S3TestServer.ACCESS_KEY, S3TestServer.SECRET_KEY));
  }

  @AfterAll
  static void stop() {
    clients.forEach(S3Client::close);
    if (origin != null) { // else there was no MinIO, and the tests were skipped
      origin.close();
      minio.close();
    }
  }

  private static S3Client client(URI endpoint, String accessKey, String secretKey) {
    return S3Client.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .forcePathStyle(true)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
        .overrideConfiguration(each -> each.retryStrategy(AwsRetryStrategy.doNotRetry()))
        .build();
  }

  /// Sends the same request to both and compares what they say.
  private static String same(String request, Function<S3Client, String> send) {
    List<String> answers = new ArrayList<>();
    for (S3Client client : clients) {
      try {
        answers.add(send.apply(client));
      } catch (S3Exception e) {
        String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
        answers.add(e.statusCode() + " " + code);
      }
    }
    assertThat(answers.getLast()).as(request).isEqualTo(answers.getFirst());
    return answers.getFirst();
  }

  private void bucketWithObject(String bucket) {
    new Random(SEED).nextBytes(content);
    same(
        "create " + bucket,
        client -> {
          client.createBucket(request -> request.bucket(bucket));
          return "created";
        });
    same(
        "put",
        client ->
            client
                .putObject(
                    request -> request.bucket(bucket).key("k"), RequestBody.fromBytes(content))
                .eTag());
  }

  private static String text(GetObjectResponse head, byte[] body) {
    return head.sdkHttpResponse().statusCode()
        + " "
        + head.contentLength()
        + " "
        + head.contentRange()
        + " "
        + head.eTag()
        + " "
        + java.util.Arrays.hashCode(body);
  }

  private static String range(Random random) {
    long first = random.nextInt(BYTES + 200);
    return switch (random.nextInt(7)) {
      case 0 -> "bytes=" + first + "-";
      case 1 -> "bytes=-" + random.nextInt(2 * BYTES);
      case 2 -> "bytes=" + first + "-" + (first + random.nextInt(2 * BYTES));
      case 3 -> "bytes=" + (first + 1) + "-" + first;
      case 4 -> "bytes=" + (BYTES - 1) + "-" + (BYTES + random.nextInt(2));
      default -> "bytes=" + first + "-" + (first + random.nextInt(100));
    };
  }

  private static boolean isSatisfiable(String range) {
    String[] bounds = range.substring("bytes=".length()).split("-", -1);
    if (bounds[0].isEmpty()) {
      return !bounds[1].equals("0");
    }
    int first = Integer.parseInt(bounds[0]);
    return first < BYTES && (bounds[1].isEmpty() || Integer.parseInt(bounds[1]) >= first);
  }

  @Test
  void rangesAndConditionsOfReadsAreAnsweredAlike() {
    System.err.println("seed " + SEED);
    bucketWithObject("ranges");
    String tag = S3Objects.etag(content);
    Random random = new Random(SEED);
    TreeMap<String, Integer> seen = new TreeMap<>();
    for (int i = 0; i < ROUNDS; i++) {
      String range = random.nextInt(10) == 0 ? null : range(random);
      // Which of two reasons to refuse comes first is nobody's promise.
      boolean satisfiable = range == null || isSatisfiable(range);
      String key = satisfiable && random.nextInt(20) == 0 ? "absent" : "k";
      String ifMatch =
          !satisfiable || random.nextInt(4) > 0 ? null : random.nextBoolean() ? tag : "\"0123\"";
      String ifNoneMatch =
          !satisfiable || ifMatch != null || random.nextInt(6) > 0
              ? null
              : random.nextBoolean() ? tag : "\"0123\"";
      String request = key + " " + range + " if " + ifMatch + " if not " + ifNoneMatch;
      String answer =
          same(
              request,
              client -> {
                ResponseBytes<GetObjectResponse> got =
                    client.getObject(
                        each ->
                            each.bucket("ranges")
                                .key(key)
                                .range(range)
                                .ifMatch(ifMatch)
                                .ifNoneMatch(ifNoneMatch),
                        ResponseTransformer.toBytes());
                return text(got.response(), got.asByteArray());
              });
      seen.merge(answer.substring(0, 3), 1, Integer::sum);
    }
    assertThat(seen.keySet()).containsExactly("200", "206", "304", "404", "412", "416");
  }

  @Test
  void headsAreAnsweredAlike() {
    bucketWithObject("heads");
    for (String key : List.of("k", "absent")) {
      same(
          "head " + key,
          client -> {
            HeadObjectResponse head = client.headObject(each -> each.bucket("heads").key(key));
            return head.contentLength() + " " + head.eTag();
          });
    }
    same(
        "no bucket",
        client -> {
          client.getObject(each -> each.bucket("absent").key("k"), ResponseTransformer.toBytes());
          return "there";
        });
  }

  @Test
  void conditionalPutsAreAnsweredAlike() {
    bucketWithObject("puts");
    String tag = S3Objects.etag(content);
    for (String key : List.of("new", "new", "k", "other")) {
      same(
          "create " + key,
          client ->
              client
                  .putObject(
                      each -> each.bucket("puts").key(key).ifNoneMatch("*"),
                      RequestBody.fromString(key))
                  .eTag());
    }
    for (String match : List.of(tag, tag, "\"0123\"")) {
      same(
          "replace over " + match,
          client ->
              client
                  .putObject(
                      each -> each.bucket("puts").key("k").ifMatch(match),
                      RequestBody.fromString("replaced"))
                  .eTag());
    }
    same(
        "delete twice",
        client -> {
          client.deleteObject(each -> each.bucket("puts").key("new"));
          client.deleteObject(each -> each.bucket("puts").key("new"));
          return "deleted";
        });
  }

  @Test
  void pagesOfKeysAreAnsweredAlike() {
    bucketWithObject("lists");
    Random random = new Random(SEED);
    for (int i = 0; i < 60; i++) {
      String key =
          "d" + random.nextInt(3) + "/" + "ab é+%&".charAt(random.nextInt(7)) + random.nextInt(9);
      same(
          "put " + key,
          client ->
              client
                  .putObject(each -> each.bucket("lists").key(key), RequestBody.fromString(key))
                  .eTag());
    }
    for (int i = 0; i < 100; i++) {
      ListObjectsV2Request request =
          ListObjectsV2Request.builder()
              .bucket("lists")
              .prefix(List.of("", "d", "d1/", "d1/a", "x").get(random.nextInt(5)))
              .delimiter(random.nextBoolean() ? "/" : null)
              .startAfter(random.nextBoolean() ? "d" + random.nextInt(3) + "/b" : null)
              .maxKeys(1 + random.nextInt(20))
              .build();
      same(
          request.toString(),
          client -> {
            ListObjectsV2Response page = client.listObjectsV2(request);
            StringBuilder text = new StringBuilder();
            page.contents()
                .forEach(each -> text.append(each.key()).append(' ').append(each.size()));
            page.commonPrefixes().forEach(each -> text.append(" | ").append(each.prefix()));
            return text.append(' ').append(page.isTruncated()).toString();
          });
    }
  }

  @Test
  void uploadsInPartsAreAnsweredAlike() {
    bucketWithObject("parts");
    byte[] first = new byte[5 << 20];
    same(
        "upload",
        client -> {
          String id =
              client.createMultipartUpload(each -> each.bucket("parts").key("large")).uploadId();
          List<CompletedPart> parts = new ArrayList<>();
          for (byte[] part : List.of(first, content)) {
            int number = parts.size() + 1;
            String tag =
                client
                    .uploadPart(
                        each -> each.bucket("parts").key("large").uploadId(id).partNumber(number),
                        RequestBody.fromBytes(part))
                    .eTag();
            parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
          }
          return client
              .completeMultipartUpload(each ->
                  each.bucket("parts")
                      .key("large")
                      .uploadId(id)
                      .multipartUpload(all -> all.parts(parts)))
              .eTag();
        });
    same(
        "complete of nothing",
        client -> {
          client.completeMultipartUpload(each ->
              each.bucket("parts")
                  .key("large")
                  .uploadId("nothing-of-the-kind")
                  .multipartUpload(all ->
                      all.parts(CompletedPart.builder().partNumber(1).eTag("\"0\"").build())));
          return "completed";
        });
  }
}
