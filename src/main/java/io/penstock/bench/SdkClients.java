package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ServiceLoader;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpService;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3BaseClientBuilder;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.crt.S3CrtHttpConfiguration;
import software.amazon.awssdk.utils.AttributeMap;

/// Clients of the SDK as somebody would make them who wants many ranges at once: connections enough
/// for all, all else as it comes.
///
/// @param place where the service is
/// @param concurrency how many ranges are under way at once
record SdkClients(ServicePlace place, int concurrency) {
  // What saturates two cores here many times over; it bounds how many connections are made.
  private static final double CRT_GIGABITS = 100;

  S3Client blocking() {
    return at(S3Client.builder())
        .httpClient(Apache5HttpClient.builder().maxConnections(concurrency).build())
        .build();
  }

  /// Over the one asynchronous HTTP client of the SDK that is on the class path.
  S3AsyncClient overNetty() {
    SdkAsyncHttpService service =
        ServiceLoader.load(SdkAsyncHttpService.class)
            .findFirst()
            .orElseThrow(() ->
                new RefusedException(
                    ErrorCode.UNSUPPORTED, "the SDK's client over Netty is not on the class path"));
    return at(S3AsyncClient.builder())
        .httpClient(
            service
                .createAsyncHttpClientFactory()
                .buildWithDefaults(
                    AttributeMap.builder()
                        .put(SdkHttpConfigurationOption.MAX_CONNECTIONS, concurrency)
                        .build()))
        .build();
  }

  /// The native one. It does not know whom the JVM trusts: on this machine it trusts everybody.
  S3AsyncClient overCrt() {
    return S3AsyncClient.crtBuilder()
        .maxConcurrency(concurrency)
        .targetThroughputInGbps(CRT_GIGABITS)
        .httpConfiguration(
            S3CrtHttpConfiguration.builder()
                .trustAllCertificatesEnabled(place.encrypted() && place.local())
                .build())
        .endpointOverride(place.endpoint())
        .region(region())
        .forcePathStyle(true)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .credentialsProvider(credentials())
        .build();
  }

  private <B extends S3BaseClientBuilder<B, ?>> B at(B builder) {
    return builder
        .endpointOverride(place.endpoint())
        .region(region())
        .forcePathStyle(true)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .credentialsProvider(credentials());
  }

  private Region region() {
    return Region.of(place.region().orElse("us-east-1"));
  }

  private AwsCredentialsProvider credentials() {
    return place.anonymous()
        ? AnonymousCredentialsProvider.create()
        : DefaultCredentialsProvider.builder().build();
  }
}
