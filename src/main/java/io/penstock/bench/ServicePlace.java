package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// Where the service of S3 is that Penstock is compared at, and as whom its objects are read.
/// Buckets are addressed by path.
///
/// @param endpoint `http://HOST[:PORT]` or `https://HOST[:PORT]`
/// @param region for signatures; empty: `us-east-1`
/// @param anonymous whether requests go unsigned
public record ServicePlace(URI endpoint, Optional<String> region, boolean anonymous) {
  /// The place that options name.
  ///
  /// @throws RefusedException when there is no endpoint: what Penstock is compared with does not
  ///   look for one
  public static ServicePlace of(
      Optional<String> endpoint, Optional<String> region, boolean anonymous) {
    return new ServicePlace(
        URI.create(
            endpoint.orElseThrow(() ->
                new RefusedException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a comparison needs an endpoint: name it with --endpoint"))),
        region,
        anonymous);
  }

  /// Refuses contenders that cannot read here.
  ///
  /// @throws RefusedException naming one that cannot sign, where requests must be signed
  public void check(List<Contender> contenders) {
    contenders.stream()
        .filter(each -> each.unsigned() && !anonymous)
        .findFirst()
        .ifPresent(each -> {
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              each.id() + " sends unsigned requests only: say --anonymous, or leave it out");
        });
  }

  /// Whether connections are encrypted.
  boolean encrypted() {
    return "https".equals(endpoint.getScheme());
  }

  /// Whether the service runs on this very machine.
  boolean local() {
    return endpoint.getHost().equals("localhost") || endpoint.getHost().startsWith("127.");
  }

  int port() {
    int usual = encrypted() ? 443 : 80;
    return endpoint.getPort() == -1 ? usual : endpoint.getPort();
  }
}
