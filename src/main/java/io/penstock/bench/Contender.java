package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// A way to read ranges of objects.
public enum Contender {
  /// What Penstock itself reads with.
  PENSTOCK(false),
  /// Blocking sockets and nothing else: the floor. Sends fixed, unsigned heads, checks nothing of
  /// an answer but its length; over TLS, the JDK's.
  RAW(false),
  /// The JDK's HTTP client. Unsigned too.
  HTTP(false),
  /// The SDK's blocking client over Apache's HTTP client 5.
  SDK_APACHE(false),
  /// The SDK's asynchronous client over Netty 4.1, on a class path of its own.
  SDK_NETTY(true),
  /// The SDK's client over the native client of the Common Runtime, which needs a library that
  /// Penstock does not have.
  CRT(true);

  private final boolean elsewhere;

  Contender(boolean elsewhere) {
    this.elsewhere = elsewhere;
  }

  /// The name in options and results.
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Whether it needs libraries that Penstock does not bring.
  boolean elsewhere() {
    return elsewhere;
  }

  /// Whether it cannot sign.
  boolean unsigned() {
    return this == RAW || this == HTTP;
  }

  /// The contender of a name.
  ///
  /// @throws RefusedException for any other name
  public static Contender named(String id) {
    return Arrays.stream(values())
        .filter(each -> each.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                ErrorCode.INVALID_ARGUMENT,
                "\""
                    + id
                    + "\" is not one of "
                    + Arrays.stream(values())
                        .map(Contender::id)
                        .collect(Collectors.joining(", "))));
  }
}
