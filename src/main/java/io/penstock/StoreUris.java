package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.s3.S3Options;
import io.penstock.s3.S3Store;
import io.penstock.store.LocalStore;
import io.penstock.store.Store;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/// From URIs to stores: `s3://bucket/prefix`, `file:/dir`, or a plain path.
final class StoreUris {
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");

  private final S3Settings s3;
  private final Executor transfers;

  StoreUris(S3Settings s3, Executor transfers) {
    this.s3 = s3;
    this.transfers = transfers;
  }

  /// What is said of S3 for all URIs.
  record S3Settings(
      Optional<String> endpoint,
      Optional<String> region,
      boolean anonymous,
      Optional<Boolean> pathStyle) {
    static final S3Settings DEFAULT =
        new S3Settings(Optional.empty(), Optional.empty(), false, Optional.empty());

    S3Settings withEndpoint(Optional<String> url) {
      return new S3Settings(url, region, anonymous, pathStyle);
    }

    S3Settings withRegion(Optional<String> name) {
      return new S3Settings(endpoint, name, anonymous, pathStyle);
    }

    S3Settings withAnonymous(boolean unsigned) {
      return new S3Settings(endpoint, region, unsigned, pathStyle);
    }

    S3Settings withPathStyle(Optional<Boolean> style) {
      return new S3Settings(endpoint, region, anonymous, style);
    }
  }

  Store open(String text) {
    var scheme = SCHEME.matcher(text);
    if (!scheme.matches()) {
      return local(text, text);
    }
    return switch (scheme.group(1).toLowerCase(Locale.ROOT)) {
      case "file" -> local(uri(text).getPath(), text);
      case "s3" -> s3(uri(text));
      default ->
          throw refused(text, "is neither s3://bucket/prefix nor file:/directory nor a path");
    };
  }

  private Store local(String path, String text) {
    try {
      if (path != null && !path.isEmpty()) {
        return new LocalStore(Path.of(path), transfers);
      }
    } catch (InvalidPathException e) {
      throw refused(text, "is not a path: " + e.getReason());
    }
    throw refused(text, "names no directory");
  }

  private Store s3(URI uri) {
    S3Options options = S3Options.of(uri);
    if (s3.endpoint().isPresent()) {
      options = options.withEndpoint(uri(s3.endpoint().get()));
    }
    if (s3.region().isPresent()) {
      options = options.withRegion(s3.region().get());
    }
    if (s3.anonymous()) {
      options = options.withCredentials(new S3Options.Credentials.Anonymous());
    }
    if (s3.pathStyle().isPresent()) {
      options =
          options.withAddressing(
              s3.pathStyle().get() ? S3Options.Addressing.PATH : S3Options.Addressing.VIRTUAL_HOST);
    }
    return new S3Store(options);
  }

  private static URI uri(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getUserInfo() != null || uri.getQuery() != null || uri.getFragment() != null) {
        throw new RefusedException(
            ErrorCode.INVALID_SYNTAX,
            "a dataset's URI holds no user, password, query or fragment; credentials come from the"
                + " environment or a profile");
      }
      return uri;
    } catch (URISyntaxException e) {
      throw refused(text, "is not a URI: " + e.getReason());
    }
  }

  private static RefusedException refused(String text, String why) {
    return new RefusedException(ErrorCode.INVALID_SYNTAX, "\"" + text + "\" " + why);
  }
}
