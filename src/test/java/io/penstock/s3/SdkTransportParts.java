package io.penstock.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// A transport over a client of the SDK, which it closes with itself.
final class SdkTransportParts {
  private static final int CONNECTIONS = 600;

  // A busy machine is not a broken server.
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private SdkTransportParts() {}

  /// To the bucket of the parts, path style.
  ///
  /// @param trust whom to trust; empty: whom the JDK trusts
  static GetTransport open(
      GetTransport.Parts parts,
      Optional<TrustManager> trust,
      Function<S3Client, SdkTransport.Source> source) {
    Apache5HttpClient.Builder http =
        Apache5HttpClient.builder()
            .maxConnections(CONNECTIONS)
            .connectionTimeout(PATIENCE)
            .connectionAcquisitionTimeout(PATIENCE)
            .socketTimeout(PATIENCE);
    trust.ifPresent(each -> http.tlsTrustManagersProvider(() -> new TrustManager[] {each}));
    BucketAddress address = parts.address();
    String bucket = address.path().replace("/", "");
    S3Client client =
        S3Client.builder()
            .httpClient(http.build())
            .endpointOverride(
                URI.create((address.tls() ? "https://" : "http://") + address.hostHeader()))
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
