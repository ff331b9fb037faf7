package io.penstock.s3;

import io.penstock.store.ByteRange;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreChecks;
import java.net.ProtocolException;
import java.time.Instant;
import java.util.Optional;

/// What an answer says of the part of an object that it brings.
///
/// @param part which one
/// @param length of the body; -1: it does not say
/// @param etag of the object
/// @param modified when the object was written
record PartHead(Optional<Part> part, long length, Optional<String> etag, Instant modified) {
  private static final int MOST_DIGITS = 18;

  /// Which bytes of an object.
  ///
  /// @param first the offset of the first one
  /// @param last the offset of the last one
  /// @param total the length of the object
  record Part(long first, long last, long total) {
    /// Parses the value of `Content-Range`.
    static Part parse(String value) throws ProtocolException {
      int dash = value.indexOf('-');
      int slash = value.indexOf('/');
      if (!value.startsWith("bytes ") || dash < 0 || slash < dash) {
        throw ResponseHead.malformed("has the range", value);
      }
      return new Part(
          number("content-range", value.substring(6, dash)),
          number("content-range", value.substring(dash + 1, slash)),
          number("content-range", value.substring(slash + 1)));
    }
  }

  /// Parses a number of decimal digits.
  static long number(String what, String digits) throws ProtocolException {
    boolean decimal = !digits.isEmpty() && digits.length() <= MOST_DIGITS;
    for (int i = 0; decimal && i < digits.length(); i++) {
      decimal = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    if (!decimal) {
      throw ResponseHead.malformed("has the " + what, digits);
    }
    return Long.parseLong(digits);
  }

  /// The object, if the answer is about just the bytes that were asked for, of the object that was.
  ///
  /// @throws ProtocolException if it is not the answer to this request
  /// @throws io.penstock.error.PenstockException if the object is too short or another one
  ObjectInfo check(GetRequest request) throws ProtocolException {
    ByteRange range = request.range();
    Part found =
        part.orElseThrow(() -> new ProtocolException("the answer does not say what part it is"));
    String tag =
        etag.orElseThrow(() -> new ProtocolException("the answer about the object has no ETag"));
    ObjectInfo info = new ObjectInfo(request.key(), found.total(), tag, modified);
    RangeRequest asked = new RangeRequest(request.key(), range, request.etag());
    StoreChecks.withinObject(asked, info);
    boolean same = found.first() == range.offset() && found.last() == range.end() - 1;
    if (!same || (length >= 0 && length != range.length())) {
      throw new ProtocolException(
          "the answer is " + found + " of " + length + " bytes, " + range + " was asked for");
    }
    StoreChecks.sameTag(asked, info);
    return info;
  }
}
