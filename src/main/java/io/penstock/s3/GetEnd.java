package io.penstock.s3;

import io.penstock.error.PenstockException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How one exchange ended.
sealed interface GetEnd {
  /// Every byte of the range has come, and no further one.
  record Whole() implements GetEnd {}

  /// The service answered with a status that is not a success. Whether that may pass, the status
  /// and the code tell.
  ///
  /// @param status of the answer
  /// @param code of the service, such as `SlowDown`; a dash if the answer has none
  /// @param requestId of the service; a dash if the answer has none
  /// @param region where the service says that the bucket is
  /// @param retryAfter how long the service asks to wait
  /// @param mended whether the reason was ours and is mended, such as a wrong clock: the same
  ///   request, sent again at once, may succeed
  record Refused(
      int status,
      String code,
      String requestId,
      Optional<String> region,
      Optional<Duration> retryAfter,
      boolean mended)
      implements GetEnd {}

  /// The exchange broke, or the answer was not the one to this request: the same request may well
  /// succeed. Bytes whose progress was told are right.
  ///
  /// @param reason what happened, for messages
  /// @param cause what the network threw, if it threw
  /// @param beforeFirstByte no byte of an answer had come
  /// @param onReusedConnection an earlier request had gone over the same connection
  record Broken(
      String reason, @Nullable Throwable cause, boolean beforeFirstByte, boolean onReusedConnection)
      implements GetEnd {}

  /// Nothing that is sent again will help: the object is too short or was replaced, there are no
  /// credentials, the server cannot be trusted, the transport is closed, the sink threw.
  ///
  /// @param failure for the reader
  record Failed(PenstockException failure) implements GetEnd {}

  /// It was cancelled, or its answer was not wanted.
  record Cancelled() implements GetEnd {}
}
