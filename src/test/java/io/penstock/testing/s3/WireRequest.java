package io.penstock.testing.s3;

import java.util.Map;
import java.util.Optional;

/// A request as it came over the wire, its body received. Immutable.
final class WireRequest {
  private final String method;
  private final String rawPath;
  private final Map<String, String> query;
  private final Map<String, String> headers;
  private final byte[] body;
  private final String bucket;
  private final String key;
  private final S3Operation operation;

  /// @param method of HTTP
  /// @param rawPath as sent, percent-encoded
  /// @param query decoded; a name without a value has an empty one
  /// @param headers the last of each name, names in lower case
  /// @param body as sent, without the chunks of HTTP
  /// @param bucket empty: none is named
  /// @param key decoded; empty: the bucket itself is meant
  /// @param operation what it asks for
  WireRequest(
      String method,
      String rawPath,
      Map<String, String> query,
      Map<String, String> headers,
      byte[] body,
      String bucket,
      String key,
      S3Operation operation) {
    this.method = method;
    this.rawPath = rawPath;
    this.query = query;
    this.headers = headers;
    this.body = body;
    this.bucket = bucket;
    this.key = key;
    this.operation = operation;
  }

  /// The same with other headers and another body.
  WireRequest with(Map<String, String> otherHeaders, byte[] otherBody) {
    return new WireRequest(method, rawPath, query, otherHeaders, otherBody, bucket, key, operation);
  }

  String method() {
    return method;
  }

  String rawPath() {
    return rawPath;
  }

  Map<String, String> query() {
    return query;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  String bucket() {
    return bucket;
  }

  String key() {
    return key;
  }

  S3Operation operation() {
    return operation;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  @Override
  public String toString() {
    return operation + " " + bucket + "/" + key + (query.isEmpty() ? "" : " " + query);
  }
}
