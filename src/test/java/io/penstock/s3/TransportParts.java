package io.penstock.s3;

import io.penstock.testing.s3.S3Parts;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/// What transports are given in tests.
final class TransportParts {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private TransportParts() {}

  /// For a bucket of a test server, path style.
  static GetTransport.Parts of(URI endpoint, String bucket) {
    return of(endpoint, bucket, InstantSource.system());
  }

  /// The same, where a connection may take so long to be made.
  static GetTransport.Parts of(URI endpoint, String bucket, Duration connectPatience) {
    return of(endpoint, bucket, InstantSource.system(), InetAddress::getAllByName, connectPatience);
  }

  /// The same by another clock.
  static GetTransport.Parts of(URI endpoint, String bucket, InstantSource clock) {
    return of(endpoint, bucket, clock, InetAddress::getAllByName);
  }

  /// The same with other addresses than the host has.
  static GetTransport.Parts of(
      URI endpoint, String bucket, InstantSource clock, Addresses.Lookup lookup) {
    return of(endpoint, bucket, clock, lookup, PATIENCE);
  }

  private static GetTransport.Parts of(
      URI endpoint,
      String bucket,
      InstantSource clock,
      Addresses.Lookup lookup,
      Duration connectPatience) {
    BucketAddress address =
        BucketAddress.of(URI.create(endpoint + "/" + bucket), "us-east-1", "s3");
    AwsCredentialsProvider credentials = S3StoreTest.credentials().provider();
    RequestSigner signer =
        new RequestSigner(credentials, clock, address.region(), address.service());
    return new GetTransport.Parts(
        address,
        new RequestHead(address, "", signer, false),
        signer,
        new Addresses(address, lookup, S3Parts.real().nanoTime()),
        new S3Failures(bucket, "the test"),
        S3Parts.real().nanoTime(),
        connectPatience,
        URI.create("s3://" + bucket));
  }
}
