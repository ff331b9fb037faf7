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
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// From URIs to stores: `s3://bucket/prefix`, `file:/dir`, or a plain path.
final class StoreUris {
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");

  private final UnaryOperator<S3Options> s3;
  private final S3Store.Parts s3Parts;
  private final Executor transfers;

  StoreUris(UnaryOperator<S3Options> s3, S3Store.Parts s3Parts, Executor transfers) {
    this.s3 = s3;
    this.s3Parts = s3Parts;
    this.transfers = transfers;
  }

  Store open(String text) {
    var scheme = SCHEME.matcher(text);
    if (!scheme.matches()) {
      return local(text, text);
    }
    return switch (scheme.group(1).toLowerCase(Locale.ROOT)) {
      case "file" -> local(uri(text).getPath(), text);
      case "s3" -> new S3Store(s3.apply(S3Options.of(uri(text))), s3Parts);
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

  static URI uri(String text) {
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
