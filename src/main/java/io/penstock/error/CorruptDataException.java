package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// Stored bytes are damaged, missing, malformed, or of a kind that this library does not know. Says
/// which object and, once a reader has put the failure into its place, which tensor and which
/// samples are affected. Other samples remain readable.
public final class CorruptDataException extends PenstockException {
  private static final long serialVersionUID = 1L;

  private final String detail;
  private final @Nullable String object;
  private final @Nullable String tensor;
  private final long fromSample;
  private final long toSample;

  /// A failure whose place is not known yet: `detail` says what was found and what was expected.
  public CorruptDataException(ErrorCode code, String detail) {
    this(code, detail, null, null, -1, -1, null);
  }

  /// A failure that has a cause.
  public CorruptDataException(ErrorCode code, String detail, Throwable cause) {
    this(code, detail, null, null, -1, -1, cause);
  }

  /// A failure in the object under a key.
  public CorruptDataException(ErrorCode code, String object, String detail) {
    this(code, detail, object, null, -1, -1, null);
  }

  private CorruptDataException(
      ErrorCode code,
      String detail,
      @Nullable String object,
      @Nullable String tensor,
      long fromSample,
      long toSample,
      @Nullable Throwable cause) {
    super(code, message(detail, object, tensor, fromSample, toSample), cause);
    this.detail = detail;
    this.object = object;
    this.tensor = tensor;
    this.fromSample = fromSample;
    this.toSample = toSample;
  }

  /// The same failure, put into its place: the object's key.
  public CorruptDataException in(String object) {
    return new CorruptDataException(code(), detail, object, tensor, fromSample, toSample, this);
  }

  /// The same failure, put into its place: object key, tensor, and the samples `from` (inclusive)
  /// to `to` (exclusive), positions in the version that is read.
  public CorruptDataException in(String object, String tensor, long from, long to) {
    return new CorruptDataException(code(), detail, object, tensor, from, to, this);
  }

  /// What was found and what was expected, without the place.
  public String detail() {
    return detail;
  }

  /// The key of the damaged object, if known.
  public @Nullable String object() {
    return object;
  }

  /// The tensor that is affected, if known.
  public @Nullable String tensor() {
    return tensor;
  }

  /// First affected sample, or -1 if not known.
  public long fromSample() {
    return fromSample;
  }

  /// End (exclusive) of the affected samples, or -1 if not known.
  public long toSample() {
    return toSample;
  }

  private static String message(
      String detail, @Nullable String object, @Nullable String tensor, long from, long to) {
    StringBuilder text = new StringBuilder();
    if (object != null) {
      text.append("object ").append(object).append(": ");
    }
    if (tensor != null) {
      text.append("tensor ").append(tensor);
      text.append(", samples ").append(from).append(" to ").append(to).append(": ");
    }
    return text.append(detail).toString();
  }
}
