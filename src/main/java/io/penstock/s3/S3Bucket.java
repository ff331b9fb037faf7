package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.store.StoreChecks;
import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/// What all requests of one store share: clients, names, patience, and whether it is closed.
/// Thread-safe.
final class S3Bucket {
  private final S3Options options;
  private final S3Store.Parts parts;
  private final AttemptCounts counts = new AttemptCounts();
  private final S3Clients clients;
  private final S3Failures failures;
  private final BackoffStrategy backoff;
  private final CountDownLatch closed = new CountDownLatch(1);

  S3Bucket(S3Options options, S3Store.Parts parts) {
    this.options = options;
    this.parts = parts;
    this.clients = S3Clients.open(options, counts);
    this.failures =
        new S3Failures(options.bucket(), clients.credentials().getClass().getSimpleName());
    this.backoff =
        BackoffStrategy.exponentialDelay(
            options.patience().firstDelay(), options.patience().longestDelay());
  }

  S3Options options() {
    return options;
  }

  S3Store.Parts parts() {
    return parts;
  }

  String name() {
    return options.bucket();
  }

  S3Clients clients() {
    return clients;
  }

  S3Failures failures() {
    return failures;
  }

  AttemptCounts counts() {
    return counts;
  }

  /// Opens what carries ranged reads, as the options say.
  ///
  /// @throws RefusedException if they ask for what is not here
  GetTransport transport() {
    if (options.transport() instanceof S3Options.Transport.Sdk sdk) {
      return new SdkTransport(options, failures, SdkTransport.Source.of(sdk.client()));
    }
    return transportParts().map(this::transport).orElseGet(this::overSdk);
  }

  private GetTransport transport(GetTransport.Parts own) {
    return switch (options.transport()) {
      case S3Options.Transport.Automatic _ -> own.address().isBehindProxy() ? overSdk() : best(own);
      case S3Options.Transport.Netty _ -> netty(own);
      case S3Options.Transport.IoUring _ -> ioUring(own);
      case S3Options.Transport.Nio _ -> NioTransport.open(own);
      case S3Options.Transport.Sdk _ -> overSdk();
    };
  }

  private GetTransport overSdk() {
    return new SdkTransport(options, failures, SdkTransport.Source.of(clients.reads()));
  }

  private static GetTransport best(GetTransport.Parts parts) {
    return S3Options.Transport.obstacleToNetty().isEmpty()
        ? NettyTransport.open(parts, NettyLoops.best())
        : NioTransport.open(parts);
  }

  private static GetTransport netty(GetTransport.Parts parts) {
    S3Options.Transport.obstacleToNetty().ifPresent(refusal(parts, "Netty"));
    return NettyTransport.open(parts, NettyLoops.best());
  }

  private static GetTransport ioUring(GetTransport.Parts parts) {
    S3Options.Transport.obstacleToIoUring().ifPresent(refusal(parts, "io_uring"));
    return NettyTransport.open(parts, NettyLoops.IO_URING);
  }

  private static Consumer<String> refusal(GetTransport.Parts parts, String over) {
    return obstacle -> {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "open " + parts.store() + " over " + over + ": " + obstacle);
    };
  }

  // Empty when only the SDK can sign requests to the bucket.
  private Optional<GetTransport.Parts> transportParts() {
    Region region = clients.repeating().serviceClientConfiguration().region();
    return BucketAddress.resolve(clients.endpoint(), region, options.bucket()).map(this::parts);
  }

  private GetTransport.Parts parts(BucketAddress address) {
    RequestSigner signer =
        new RequestSigner(
            clients.credentials(), parts.clock(), address.region(), address.service());
    return new GetTransport.Parts(
        address,
        new RequestHead(address, options.prefix(), signer, options.requesterPays()),
        signer,
        new Addresses(address, InetAddress::getAllByName, parts.nanoTime()),
        failures,
        parts.nanoTime(),
        options.patience().connect(),
        options.uri());
  }

  /// Makes a request as [#withFreshCredentials], and makes a typed failure of the SDK's.
  ///
  /// @param what begins the message of the failure
  <T> T attempt(String what, Supplier<T> request) {
    try {
      return withFreshCredentials(request);
    } catch (SdkException e) {
      throw failure(what, e);
    }
  }

  /// The typed failure; that the store is closed, if it is.
  ///
  /// @param what begins the message
  PenstockException failure(String what, SdkException e) {
    return isClosed() ? StoreChecks.closed(options.uri()) : failures.of(what, e);
  }

  /// Makes a request; once more if the credentials had expired, with what their provider says then.
  ///
  /// @param request may be made twice: one that is refused for that has done nothing
  <T> T withFreshCredentials(Supplier<T> request) {
    try {
      return request.get();
    } catch (AwsServiceException e) {
      if (!S3Failures.isExpired(e)) {
        throw e;
      }
      counts.repeating();
      return request.get();
    }
  }

  /// As [#withFreshCredentials] for a HEAD, whose refusal has no body and so never says why: once
  /// more whenever the credentials may have expired, if their provider gives others then.
  ///
  /// @param head makes the request with the credentials of this provider
  <T> T headWithFreshCredentials(Function<AwsCredentialsProvider, T> head) {
    AwsCredentials first = clients.credentials().resolveCredentials();
    try {
      return head.apply(() -> first);
    } catch (AwsServiceException e) {
      if (!S3Failures.mayBeExpired(e)) {
        throw e;
      }
      AwsCredentials now = clients.credentials().resolveCredentials();
      if (areSame(first, now)) {
        throw e;
      }
      counts.repeating();
      return head.apply(() -> now);
    }
  }

  private static boolean areSame(AwsCredentials one, AwsCredentials other) {
    return Objects.equals(one.accessKeyId(), other.accessKeyId())
        && Objects.equals(one.secretAccessKey(), other.secretAccessKey())
        && sessionToken(one).equals(sessionToken(other));
  }

  private static Optional<String> sessionToken(AwsCredentials credentials) {
    return credentials instanceof AwsSessionCredentials session
        ? Optional.of(session.sessionToken())
        : Optional.empty();
  }

  int attempts() {
    return options.patience().attempts();
  }

  String fullKey(String key) {
    return options.prefix() + key;
  }

  /// Waits before the next attempt, a random time that grows with the attempts.
  void pause(String what, int attempt) {
    counts.repeating();
    try {
      if (closed.await(backoff.computeDelay(attempt).toNanos(), TimeUnit.NANOSECONDS)) {
        throw StoreChecks.closed(options.uri());
      }
    } catch (InterruptedException e) {
      throw S3Failures.interrupted(what, e);
    }
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /// Notes that the store is closed and returns whether it was open.
  boolean markClosed() {
    boolean open = !isClosed();
    closed.countDown();
    return open;
  }
}
