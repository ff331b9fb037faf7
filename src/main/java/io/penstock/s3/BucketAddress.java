package io.penstock.s3;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.endpoints.AwsEndpointAttribute;
import software.amazon.awssdk.awscore.endpoints.authscheme.EndpointAuthScheme;
import software.amazon.awssdk.awscore.endpoints.authscheme.SigV4AuthScheme;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.endpoints.Endpoint;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.endpoints.S3EndpointProvider;

/// Where GETs of a bucket's objects go, and in whose name they are signed. Immutable.
///
/// @param tls whether connections are encrypted
/// @param host name or address to connect to; an IPv6 address without brackets
/// @param port to connect to
/// @param hostHeader what requests say: the host, and the port unless it is the scheme's own
/// @param path what the paths of all objects begin with, percent-encoded: `/` or `/bucket/`
/// @param region that signatures name
/// @param service that signatures name
record BucketAddress(
    boolean tls,
    String host,
    int port,
    String hostHeader,
    String path,
    String region,
    String service) {
  /// Session credentials of directory buckets travel in a header of their own.
  static final String EXPRESS = "s3express";

  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /// What the SDK's rules say about the bucket. Empty: its requests need a signature that only the
  /// SDK makes, as those to several regions do, or the rules refuse it, which the SDK will say.
  static Optional<BucketAddress> resolve(S3Endpoint endpoint, Region region, String bucket) {
    Endpoint found;
    try {
      found = resolveBySdk(endpoint, region, bucket);
    } catch (CompletionException | SdkException _) {
      return Optional.empty(); // the SDK gives the reason with every request
    }
    return of(found, region);
  }

  private static Endpoint resolveBySdk(S3Endpoint endpoint, Region region, String bucket) {
    return S3EndpointProvider.defaultProvider()
        .resolveEndpoint(params -> {
          params.bucket(bucket).region(region).forcePathStyle(endpoint.pathStyle());
          endpoint.override().ifPresent(uri -> params.endpoint(uri.toString()));
        })
        .join();
  }

  private static Optional<BucketAddress> of(Endpoint found, Region region) {
    List<EndpointAuthScheme> schemes = found.attribute(AwsEndpointAttribute.AUTH_SCHEMES);
    EndpointAuthScheme scheme =
        schemes == null || schemes.isEmpty()
            ? SigV4AuthScheme.builder().signingName("s3").signingRegion(region.id()).build()
            : schemes.getFirst();
    // What else there is: sessions, which the SDK begins and renews, and signatures for many
    // regions.
    return scheme instanceof SigV4AuthScheme v4
        ? Optional.of(
            of(
                found.endpointUrl().toUri(),
                named(v4.signingRegion(), region.id()),
                named(v4.signingName(), "s3")))
        : Optional.empty();
  }

  private static String named(@Nullable String name, String otherwise) {
    return name == null ? otherwise : name;
  }

  /// The address behind a URL to which objects' keys are appended.
  static BucketAddress of(URI url, String region, String service) {
    boolean tls = "https".equals(url.getScheme());
    int ownPort = tls ? HTTPS : HTTP;
    int port = url.getPort() < 0 ? ownPort : url.getPort();
    String host = url.getHost();
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    return new BucketAddress(
        tls,
        bare,
        port,
        port == ownPort ? host : host + ":" + port,
        path.endsWith("/") ? path : path + "/",
        region,
        service);
  }

  /// Whether the process is set to reach it over a proxy, by system properties or the environment.
  boolean isBehindProxy() {
    return isBehind(ProxyConfiguration.builder().scheme(tls ? "https" : "http").build());
  }

  /// Whether that sends requests to it over a proxy.
  boolean isBehind(ProxyConfiguration proxy) {
    return proxy.host() != null && proxy.nonProxyHosts().stream().noneMatch(host::matches);
  }
}
