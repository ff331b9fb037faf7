package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.Locale;

/// The order of calls and the sizes of parts that every [Upload] insists on, for those who
/// implement one. One thread at a time.
public final class PartOrder {
  private enum Phase {
    OPEN,
    LAST_PART,
    ENDED
  }

  private final String key;
  private Phase phase = Phase.OPEN;
  private long bytes;

  /// No part yet.
  ///
  /// @param key the object, for messages
  public PartOrder(String key) {
    this.key = key;
  }

  /// Notes a part and returns where it begins in the object.
  ///
  /// @throws RefusedException when a part below [Upload#MIN_PART_BYTES] came before it, or the
  ///   upload has ended
  public long add(long partBytes) {
    if (phase == Phase.LAST_PART) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          String.format(
              Locale.ROOT,
              "upload of %s: a part follows one of fewer than %d bytes, which only the last may be",
              key,
              Upload.MIN_PART_BYTES));
    }
    requireNotEnded();
    if (partBytes < Upload.MIN_PART_BYTES) {
      phase = Phase.LAST_PART;
    }
    long offset = bytes;
    bytes = Math.addExact(bytes, partBytes);
    return offset;
  }

  /// Notes the completion and returns the length of the object.
  ///
  /// @throws RefusedException when the upload has ended before
  public long end() {
    requireNotEnded();
    phase = Phase.ENDED;
    return bytes;
  }

  /// Notes the end of an upload, completed or not, and returns whether it was still open.
  public boolean discard() {
    boolean open = phase != Phase.ENDED;
    phase = Phase.ENDED;
    return open;
  }

  private void requireNotEnded() {
    if (phase == Phase.ENDED) {
      throw new RefusedException(ErrorCode.CLOSED, "upload of " + key + " has ended");
    }
  }
}
