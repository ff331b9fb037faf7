package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;

/// Where requests go.
///
/// @param override an endpoint that is not Amazon's
/// @param region empty: the SDK's own chain, which may ask the instance
/// @param pathStyle whether the bucket's name goes into the path
record S3Endpoint(Optional<URI> override, Optional<String> region, boolean pathStyle) {
  private static final Pattern IP_ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");

  /// What options and environment say together.
  static S3Endpoint resolve(S3Options options, Map<String, String> environment) {
    Optional<URI> override = options.endpoint().or(() -> configured(environment));
    Optional<String> region = options.region();
    if (region.isEmpty() && override.isPresent()) {
      region = Optional.of(configuredRegion().orElse("us-east-1"));
    }
    boolean pathStyle =
        switch (options.addressing()) {
          case PATH -> true;
          case VIRTUAL_HOST -> false;
          case AUTO -> override.isPresent() && hasNoSubdomains(override.get());
        };
    return new S3Endpoint(override, region, pathStyle);
  }

  private static boolean hasNoSubdomains(URI endpoint) {
    String host = String.valueOf(endpoint.getHost()).toLowerCase(Locale.ROOT);
    return host.equals("localhost") || IP_ADDRESS.matcher(host).matches();
  }

  // The order of the SDKs: service in the environment, all services in the environment, service in
  // the profile, all services in the profile.
  private static Optional<URI> configured(Map<String, String> environment) {
    if ("true".equalsIgnoreCase(environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) {
      return Optional.empty();
    }
    return Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_S3"))
        .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL")))
        .or(S3Endpoint::inProfile)
        .filter(url -> !url.isBlank())
        .map(S3Endpoint::parse);
  }

  private static URI parse(String url) {
    try {
      URI endpoint = new URI(url);
      S3Options.checkEndpoint(endpoint);
      return endpoint;
    } catch (URISyntaxException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "the configured S3 endpoint is not a URL: " + e.getReason());
    }
  }

  private static Optional<String> inProfile() {
    ProfileFile file = ProfileFile.defaultProfileFile();
    Optional<Profile> profile =
        file.profile(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow());
    return profile
        .flatMap(found -> found.property("services"))
        .flatMap(services -> file.getSection("services", services))
        .flatMap(services -> services.property("s3.endpoint_url"))
        .or(() -> profile.flatMap(found -> found.property("endpoint_url")));
  }

  // Without the last link of the SDK's chain, which asks an instance that is not there.
  private static Optional<String> configuredRegion() {
    try {
      return Optional.ofNullable(
              new AwsRegionProviderChain(
                      new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                  .getRegion())
          .map(region -> region.id());
    } catch (SdkClientException _) {
      return Optional.empty(); // how the chain says that nobody configured one
    }
  }
}
