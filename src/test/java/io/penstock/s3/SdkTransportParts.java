package io.penstock.s3;

import java.net.URI;
import java.util.function.Function;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// A transport over a client of the SDK, which it closes with itself.
final class SdkTransportParts {
  private static final int CONNECTIONS = 600;

  private SdkTransportParts() {}

  /// Over plain HTTP, to the bucket of the parts.
  static GetTransport open(
      GetTransport.Parts parts, Function<S3Client, SdkTransport.Source> source) {
    BucketAddress address = parts.address();
    String bucket = address.path().replace("/", "");
    S3Client client =
        S3Client.builder()
            .httpClient(Apache5HttpClient.builder().maxConnections(CONNECTIONS).build())
            .endpointOverride(URI.create("http://" + address.hostHeader()))
            .forcePathStyle(true)
            .region(Region.of(address.region()))
            .credentialsProvider(S3StoreTest.credentials().provider())
            .overrideConfiguration(
                override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
            .build();
    GetTransport transport =
        new SdkTransport(S3Options.of(bucket, ""), parts.failures(), source.apply(client));
    return new GetTransport() {
      @Override
      public Exchange start(GetRequest request, GetSink sink) {
        return transport.start(request, sink);
      }

      @Override
      public void close() {
        transport.close();
        client.close();
      }
    };
  }
}
