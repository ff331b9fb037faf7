package io.penstock.store;

import io.penstock.error.ConflictException;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.net.URI;
import java.util.Locale;

/// The checks and the words for what fails them that all stores share; for those who implement a
/// [Store].
public final class StoreChecks {
  /// The most bytes that an array, and so an object read by [Store#get], can have.
  public static final long MAX_ARRAY_BYTES = Integer.MAX_VALUE - 8;

  private StoreChecks() {}

  /// Refuses an object that has another tag than the one that was pinned.
  ///
  /// @throws ConflictException with `PRECONDITION_FAILED`
  public static void sameTag(RangeRequest request, ObjectInfo found) {
    if (request.etag().isPresent() && !request.etag().get().equals(found.etag())) {
      throw new ConflictException(
          ErrorCode.PRECONDITION_FAILED,
          String.format(
              Locale.ROOT,
              "object %s was replaced: its tag is %s, %s was read before",
              found.key(),
              found.etag(),
              request.etag().get()));
    }
  }

  /// Refuses an object that ends before the range does.
  ///
  /// @throws CorruptDataException naming the object and both lengths
  public static void withinObject(RangeRequest request, ObjectInfo found) {
    if (found.bytes() < request.range().end()) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          found.key(),
          String.format(
              Locale.ROOT,
              "has %d bytes, the range from %d to %d was asked for",
              found.bytes(),
              request.range().offset(),
              request.range().end()));
    }
  }

  /// Refuses an object that is larger than the caller wants to hold.
  ///
  /// @throws RefusedException with `LIMIT_EXCEEDED`
  public static void atMost(long maxBytes, ObjectInfo found) {
    if (found.bytes() > maxBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          String.format(
              Locale.ROOT,
              "object %s has %d bytes, the limit is %d",
              found.key(),
              found.bytes(),
              maxBytes));
    }
  }

  /// What an upload throws whose key was taken by somebody else.
  public static ConflictException existsAlready(String key) {
    return new ConflictException(
        ErrorCode.PRECONDITION_FAILED, "object " + key + " exists already");
  }

  /// What a store throws after it was closed.
  public static RefusedException closed(URI store) {
    return new RefusedException(ErrorCode.CLOSED, "the store " + store + " is closed");
  }
}
