package io.penstock.testing.s3;

import java.util.Map;
import java.util.Optional;

/// A request as it came over the wire, its body received. Names of headers are in lower case.
///
/// @param method of HTTP
/// @param rawPath as sent, percent-encoded
/// @param query decoded; a name without a value has an empty one
/// @param headers the last of each name
/// @param body decoded from chunks of any kind
/// @param bucket empty: none is named
/// @param key decoded; empty: the bucket itself is meant
/// @param operation what it asks for
record WireRequest(
    String method,
    String rawPath,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body,
    String bucket,
    String key,
    S3Operation operation) {
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
