package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/// The SDK's clients over one pool of connections: one that repeats requests, and one that sends
/// each once.
///
/// @param repeating for everything that may be repeated
/// @param once for conditional puts
/// @param reads for ranged reads that nothing else can carry; sends each once, and counts nothing
/// @param credentials asked for the name of their provider in messages
/// @param http owned; shared by both clients
/// @param endpoint that both of them use
record S3Clients(
    S3Client repeating,
    S3Client once,
    S3Client reads,
    AwsCredentialsProvider credentials,
    SdkHttpClient http,
    S3Endpoint endpoint)
    implements AutoCloseable {
  // Callers of blocking methods use connections beside the transfers.
  private static final int CONNECTIONS_FOR_CALLERS = 64;

  // Below the 5 s after which Amazon closes them.
  private static final Duration MOST_IDLE = Duration.ofSeconds(4);

  static S3Clients open(S3Options options, AttemptCounts counts) {
    S3Endpoint endpoint = S3Endpoint.resolve(options, System.getenv());
    S3Options.Patience patience = options.patience();
    SdkHttpClient http =
        Apache5HttpClient.builder()
            .maxConnections(options.mostTransfers() + CONNECTIONS_FOR_CALLERS)
            .connectionAcquisitionTimeout(patience.silence())
            .connectionTimeout(patience.connect())
            .socketTimeout(patience.silence())
            .connectionMaxIdleTime(MOST_IDLE)
            .expectContinueEnabled(false)
            .tcpKeepAlive(true)
            .build();
    AwsCredentialsProvider credentials =
        switch (options.credentials()) {
          case S3Options.Credentials.DefaultChain _ -> DefaultCredentialsProvider.builder().build();
          case S3Options.Credentials.Anonymous _ -> AnonymousCredentialsProvider.create();
          case S3Options.Credentials.Provided provided -> provided.provider();
        };
    try {
      return new S3Clients(
          client(options, endpoint, http, credentials, repeating(patience), counts),
          client(options, endpoint, http, credentials, AwsRetryStrategy.doNotRetry(), counts),
          client(
              options,
              endpoint,
              http,
              credentials,
              AwsRetryStrategy.doNotRetry(),
              new AttemptCounts()),
          credentials,
          http,
          endpoint);
    } catch (SdkException e) {
      http.close();
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "open " + options.uri() + ": no region is configured; name one (" + e.getMessage() + ")",
          e);
    }
  }

  private static RetryStrategy repeating(S3Options.Patience patience) {
    return AwsRetryStrategy.standardRetryStrategy().toBuilder()
        .maxAttempts(patience.attempts())
        .backoffStrategy(
            BackoffStrategy.exponentialDelay(patience.firstDelay(), patience.longestDelay()))
        .throttlingBackoffStrategy(
            BackoffStrategy.exponentialDelay(
                patience.firstDelay().multipliedBy(10), patience.longestDelay().multipliedBy(10)))
        .build();
  }

  private static S3Client client(
      S3Options options,
      S3Endpoint endpoint,
      SdkHttpClient http,
      AwsCredentialsProvider credentials,
      RetryStrategy retries,
      AttemptCounts counts) {
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClient(http)
            .credentialsProvider(credentials)
            .forcePathStyle(endpoint.pathStyle())
            .overrideConfiguration(override -> {
              override.retryStrategy(retries).addExecutionInterceptor(counts);
              if (options.requesterPays()) {
                override.putHeader(RequestHead.PAYER, "requester");
              }
            });
    endpoint.region().ifPresent(region -> builder.region(Region.of(region)));
    S3Configuration.Builder service = S3Configuration.builder().expectContinueEnabled(false);
    // Other stores know neither the trailing checksums nor, some of them, chunked signatures. Over
    // TLS a body is then sent without any hashing, over plain HTTP with one SHA-256.
    endpoint
        .override()
        .ifPresent(uri -> {
          builder.endpointOverride(uri);
          builder.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED);
          builder.responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
          service.chunkedEncodingEnabled(false);
        });
    return builder.serviceConfiguration(service.build()).build();
  }

  @Override
  public void close() {
    repeating.close();
    once.close();
    reads.close();
    http.close();
    if (credentials instanceof DefaultCredentialsProvider chain) {
      chain.close();
    }
  }
}
