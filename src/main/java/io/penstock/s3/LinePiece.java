package io.penstock.s3;

import io.penstock.store.ByteRange;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Bytes of a read that one exchange after the other brings. Confined to whoever holds the line's
/// lock.
final class LinePiece {
  private final LineRead read;
  private final long offset;
  private final List<LineExchange> flying = new ArrayList<>(2);
  private long bytes;
  private long done;
  private @Nullable LineExchange landing;
  private Optional<InetSocketAddress> avoid = Optional.empty();
  private int failures;
  private int throttles;
  private long throttledSince;
  private boolean freeRetryUsed;
  private boolean freshCredentialsUsed;
  private boolean waiting;

  /// @param offset counted from the start of the read's range
  LinePiece(LineRead read, long offset, long bytes) {
    this.read = read;
    this.offset = offset;
    this.bytes = bytes;
  }

  LineRead read() {
    return read;
  }

  /// Where the first missing byte lies in the read's range.
  long missingFrom() {
    return offset + done;
  }

  /// What is missing, in the object.
  ByteRange missing() {
    return read.absolute(missingFrom(), bytes - done);
  }

  boolean isWhole() {
    return done == bytes;
  }

  List<LineExchange> flying() {
    return flying;
  }

  /// How many exchanges are under way whose bytes are still hoped for.
  int activeCount() {
    int active = 0;
    for (LineExchange each : flying) {
      active += each.isActive() ? 1 : 0;
    }
    return active;
  }

  /// Whether something is missing and nobody is about to bring it.
  boolean isOrphaned() {
    return !isWhole() && !waiting && activeCount() == 0;
  }

  /// Whether it waits for its turn.
  void waits(boolean now) {
    waiting = now;
  }

  /// Who may write to this piece's memory.
  @Nullable LineExchange landing() {
    return landing;
  }

  void begins(LineExchange exchange) {
    landing = exchange;
    read.lend();
  }

  /// An exchange is over; what it landed is no longer missing.
  void ended(LineExchange exchange) {
    flying.remove(exchange);
    if (landing == exchange) {
      landing = null;
      done += exchange.received();
      read.giveBack();
    }
  }

  /// Cuts this piece off where the exchange that lands it ends, and returns the rest as a piece.
  ///
  /// @param end counted from the start of the exchange's range, which began at `from` in the read's
  LinePiece cutAt(long from, long end) {
    long kept = from + end - offset;
    LinePiece rest = read.add(offset + kept, bytes - kept);
    bytes = kept;
    return rest;
  }

  Optional<InetSocketAddress> avoid() {
    return avoid;
  }

  void avoid(Optional<InetSocketAddress> address) {
    avoid = address;
  }

  /// Takes the one retry that costs nothing, or returns false when it is used up.
  boolean takeFreeRetry() {
    boolean free = !freeRetryUsed;
    freeRetryUsed = true;
    return free;
  }

  /// Takes the one retry after credentials have expired, or returns false when it is used up.
  boolean takeFreshCredentials() {
    boolean first = !freshCredentialsUsed;
    freshCredentialsUsed = true;
    return first;
  }

  /// Counts a failure and returns how many there were.
  int failed() {
    return ++failures;
  }

  /// Counts an answer that asked for fewer requests and returns how many there were.
  int throttled(long now) {
    if (throttles == 0) {
      throttledSince = now;
    }
    return ++throttles;
  }

  /// For how long the service has been asking for fewer requests.
  long throttledNanos(long now) {
    return now - throttledSince;
  }
}
