package io.penstock.s3;

import io.penstock.error.ConflictException;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/// What the SDK's failures mean to the caller. Messages hold the service's error code and request
/// id, never its text, which may repeat parts of a signed request.
final class S3Failures {
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final String NO_CODE = "-";

  private final String bucket;
  private final String credentials;

  /// @param credentials names where the credentials come from
  S3Failures(String bucket, String credentials) {
    this.bucket = bucket;
    this.credentials = credentials;
  }

  /// The typed failure.
  ///
  /// @param what begins the message: the action and the key
  PenstockException of(String what, SdkException e) {
    return switch (e) {
      case AwsServiceException service -> ofStatus(what, service);
      case AbortedException _ -> interrupted(what, e);
      default -> ofClient(what, e);
    };
  }

  /// How an exchange ends for which no connection could be made: for good if the server cannot be
  /// trusted.
  ///
  /// @param what begins the message
  GetEnd notConnected(String what, IOException e) {
    return isTrust(e)
        ? new GetEnd.Failed(ofNetwork(what, e))
        : new GetEnd.Broken("no connection: " + rootMessage(e), e, true, false);
  }

  private PenstockException ofStatus(String what, AwsServiceException e) {
    return ofAnswer(
        new Answer(e.statusCode(), code(e), header(e, "x-amz-bucket-region")),
        what + ": " + describe(e),
        e);
  }

  /// The typed failure of a ranged GET that was refused.
  ///
  /// @param key what was asked for
  PenstockException ofRead(String key, GetEnd.Refused refused) {
    String said =
        refused.status() + " " + refused.code() + " (request " + refused.requestId() + ")";
    return refused.status() == RANGE_NOT_SATISFIABLE
        ? new CorruptDataException(
            ErrorCode.DATA_CORRUPT, key, "ends before the range that was asked for: " + said)
        : ofAnswer(
            new Answer(refused.status(), refused.code(), refused.region()),
            "read " + key + ": " + said,
            null);
  }

  /// Whether the service asks for fewer requests.
  static boolean isThrottling(GetEnd.Refused refused) {
    return refused.status() == 503
        || refused.status() == 429
        || refused.code().equals("SlowDown")
        || refused.code().equals("RequestLimitExceeded");
  }

  /// Whether a code says that the credentials have expired, so that newer ones may do.
  static boolean isExpired(String code) {
    return switch (code) {
      case "ExpiredToken", "InvalidToken", "TokenRefreshRequired" -> true;
      default -> false;
    };
  }

  /// Whether the service said that the credentials have expired.
  static boolean isExpired(AwsServiceException e) {
    return isExpired(code(e));
  }

  /// Whether the credentials may have expired, for all that the service said: `ExpiredToken` is
  /// 400, and 403 at some.
  static boolean mayBeExpired(AwsServiceException e) {
    boolean silent = code(e).equals(NO_CODE);
    return isExpired(e) || (silent && (e.statusCode() == 400 || e.statusCode() == 403));
  }

  private record Answer(int status, String code, Optional<String> region) {}

  private PenstockException ofAnswer(Answer answer, String message, @Nullable Throwable e) {
    int status = answer.status();
    return switch (status) {
      case 301, 307, 308, 400 -> refusedOrTransient(answer, message, e);
      case 401, 403 ->
          new RefusedException(
              ErrorCode.NOT_PERMITTED, message + ", with credentials from " + credentials, e);
      case 404 -> new NotFoundException(ErrorCode.OBJECT_NOT_FOUND, message, e);
      case 409, 412 -> new ConflictException(ErrorCode.PRECONDITION_FAILED, message, e);
      case 405, 501 -> new RefusedException(ErrorCode.STORE_INCAPABLE, message, e);
      default ->
          status >= 500 || status == 429 || status == 408
              ? new TransientException(ErrorCode.STORE_UNAVAILABLE, message, e)
              : new RefusedException(ErrorCode.INVALID_ARGUMENT, message, e);
    };
  }

  private PenstockException refusedOrTransient(
      Answer answer, String message, @Nullable Throwable e) {
    String code = answer.code();
    if (code.equals("RequestTimeout") || code.equals("SlowDown")) {
      return new TransientException(ErrorCode.STORE_UNAVAILABLE, message, e);
    }
    if (code.equals("ExpiredToken") || code.equals("InvalidToken") || code.contains("Auth")) {
      return new RefusedException(
          ErrorCode.NOT_PERMITTED, message + ", with credentials from " + credentials, e);
    }
    return new RefusedException(
        ErrorCode.INVALID_ARGUMENT,
        answer
            .region()
            .map(name -> message + "; bucket " + bucket + " is in region " + name)
            .orElse(message),
        e);
  }

  private PenstockException ofClient(String what, SdkException e) {
    String message = String.valueOf(e.getMessage());
    if (cause(e, InterruptedException.class) || Thread.currentThread().isInterrupted()) {
      return interrupted(what, e);
    }
    if (!cause(e, IOException.class) && message.toLowerCase(Locale.ROOT).contains("credentials")) {
      return new RefusedException(
          ErrorCode.NOT_PERMITTED, what + ": no credentials from " + credentials, e);
    }
    return ofNetwork(what, e);
  }

  private static PenstockException ofNetwork(String what, Throwable e) {
    if (cause(e, UnknownHostException.class)) {
      return unavailable(what + ": the host's name cannot be resolved", e);
    }
    if (isTrust(e)) {
      return new RefusedException(
          ErrorCode.NOT_PERMITTED, what + ": no trusted TLS connection: " + rootMessage(e), e);
    }
    return unavailable(what + ": " + rootMessage(e), e);
  }

  /// Whether no TLS can be agreed on with the other side; not whether it went away meanwhile.
  private static boolean isTrust(Throwable e) {
    boolean wentAway = cause(e, EOFException.class) || cause(e, SocketException.class);
    return cause(e, SSLPeerUnverifiedException.class)
        || (cause(e, SSLHandshakeException.class) && !wentAway);
  }

  private static TransientException unavailable(String message, Throwable e) {
    return new TransientException(ErrorCode.STORE_UNAVAILABLE, message, e);
  }

  /// Restores the interrupt flag, which the SDK may have taken.
  static TransientException interrupted(String what, @Nullable Throwable cause) {
    Thread.currentThread().interrupt();
    return new TransientException(ErrorCode.INTERRUPTED, what + ": interrupted", cause);
  }

  /// Whether it is certain that no byte of the request has left.
  static boolean neverSent(SdkException e) {
    return cause(e, ConnectException.class)
        || cause(e, NoRouteToHostException.class)
        || cause(e, UnknownHostException.class)
        || cause(e, SSLHandshakeException.class)
        || cause(e, org.apache.hc.client5.http.ConnectTimeoutException.class)
        || cause(e, org.apache.hc.core5.http.ConnectionRequestTimeoutException.class)
        || (!(e instanceof AwsServiceException)
            && !cause(e, IOException.class)
            && String.valueOf(e.getMessage()).contains("credentials"));
  }

  /// Code and id that the service gave, for messages.
  static String describe(AwsServiceException e) {
    return describe(e.statusCode(), code(e), e.requestId());
  }

  private static String describe(int status, String code, @Nullable String requestId) {
    return status + " " + code + " (request " + requestId + ")";
  }

  /// The service's error code, or a dash.
  static String code(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null ? null : details.errorCode();
    return code == null ? NO_CODE : code;
  }

  /// A header of the answer.
  static Optional<String> header(AwsServiceException e, String name) {
    AwsErrorDetails details = e.awsErrorDetails();
    return details == null || details.sdkHttpResponse() == null
        ? Optional.empty()
        : details.sdkHttpResponse().firstMatchingHeader(name);
  }

  private static boolean cause(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return true;
      }
    }
    return false;
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName() + ": " + root.getMessage();
  }
}
