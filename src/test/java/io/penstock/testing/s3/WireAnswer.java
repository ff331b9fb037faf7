package io.penstock.testing.s3;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// An answer before faults are applied to it. Confined to the thread that answers.
final class WireAnswer {
  private final int status;
  private final Map<String, String> headers;
  private final byte[] body;

  /// @param status of HTTP
  /// @param headers without the length, which the body tells
  /// @param body never sent for HEAD, where it only tells the length
  WireAnswer(int status, Map<String, String> headers, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  static WireAnswer empty(int status) {
    return new WireAnswer(status, new LinkedHashMap<>(), new byte[0]);
  }

  static WireAnswer xml(int status, String document) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/xml");
    String text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document;
    return new WireAnswer(status, headers, text.getBytes(StandardCharsets.UTF_8));
  }

  static WireAnswer error(int status, String code) {
    return xml(
        status, "<Error><Code>" + code + "</Code><Message>as the test asked</Message></Error>");
  }

  WireAnswer with(String name, String value) {
    headers.put(name, value);
    return this;
  }
}
