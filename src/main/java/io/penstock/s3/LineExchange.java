package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One request of the line under way, for a piece of a read.
final class LineExchange implements GetSink {
  /// Why an exchange was broken off.
  enum GivenUp {
    NOT,
    /// Another one answered first, or the read is over.
    UNWANTED,
    /// Nothing came for too long.
    STALLED
  }

  // What comes a few bytes at a time is as good as silent, or a read could take for ever.
  private static final long LEAST_PROGRESS = 4 << 10;

  private final GetLine line;
  private final LinePiece piece;
  private final GetRequest request;
  private final long from;
  private final boolean hedge;
  private final long number;
  private final long sentAt;

  // Written by the transport's thread alone, read by the watch at any time.
  private volatile long received;
  private volatile @Nullable InetSocketAddress answering;

  // Guarded by this: the handle comes after the start, which may be after the wish to cancel.
  private GetTransport.@Nullable Exchange handle;
  private boolean cancelled;

  // The rest is confined to whoever holds the line's lock.
  private GivenUp givenUp = GivenUp.NOT;
  private boolean began;
  private long bodyNanos;
  private long lookedAt;
  private long seen;
  private long quietNanos;
  private long quietBytes;
  private long end;
  private boolean shortening;

  /// @param hedge whether another exchange is under way for the same piece
  /// @param number how many left before it
  LineExchange(
      GetLine line, LinePiece piece, GetRequest request, boolean hedge, long number, long sentAt) {
    this.line = line;
    this.piece = piece;
    this.request = request;
    this.from = piece.missingFrom();
    this.hedge = hedge;
    this.number = number;
    this.sentAt = sentAt;
    this.lookedAt = sentAt;
    this.end = request.range().length();
  }

  // --- the transport's side ---------------------------------------------------------------------

  @Override
  public Optional<List<Landing.Slice>> begin(ObjectInfo info, InetSocketAddress address) {
    answering = address;
    return line.begins(this, info)
        ? Optional.of(piece.read().slices(from, request.range().length()))
        : Optional.empty();
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time, ordered by the transport
  public void progressed(long bytes) {
    received += bytes;
  }

  @Override
  public void ended(GetEnd end) {
    line.ended(this, end);
  }

  // --- without the line's lock ------------------------------------------------------------------

  void start(GetTransport transport) {
    GetTransport.Exchange started = transport.start(request, this);
    boolean tooLate;
    synchronized (this) {
      handle = started;
      tooLate = cancelled;
    }
    if (tooLate) {
      started.cancel();
    }
  }

  void cancel() {
    GetTransport.Exchange started;
    synchronized (this) {
      cancelled = true;
      started = handle;
    }
    if (started != null) {
      started.cancel();
    }
  }

  /// Asks the transport for an earlier end, that one or else the middle of what is missing, and
  /// returns where it ends. Between [#beginShortening] and [#endShortening], so that nobody else
  /// moves the end.
  long shorten(long wanted) {
    // What is just being received may reach beyond the end that would be best.
    long middle = end - (end - received) / 2;
    return endAt(wanted) ? wanted : endAt(middle) ? middle : end;
  }

  private boolean endAt(long bytes) {
    GetTransport.Exchange started = started();
    return started != null && started.endAt(bytes);
  }

  private synchronized GetTransport.@Nullable Exchange started() {
    return handle;
  }

  /// Where the request went, as far as is known: of one that was answered it is.
  Optional<InetSocketAddress> address() {
    InetSocketAddress known = answering;
    if (known != null) {
      return Optional.of(known);
    }
    GetTransport.Exchange started = started();
    return started == null ? Optional.empty() : started.address();
  }

  // --- with the line's lock ---------------------------------------------------------------------

  LinePiece piece() {
    return piece;
  }

  long rangeBytes() {
    return request.range().length();
  }

  /// Where the request's range begins in the read's.
  long from() {
    return from;
  }

  boolean isHedge() {
    return hedge;
  }

  /// How many of the line left before it.
  long number() {
    return number;
  }

  long sentAt() {
    return sentAt;
  }

  long received() {
    return received;
  }

  GivenUp givenUp() {
    return givenUp;
  }

  /// Whether its bytes are still hoped for.
  boolean isActive() {
    return givenUp == GivenUp.NOT;
  }

  /// Notes why it is to be cancelled; the first reason stays.
  void giveUp(GivenUp why) {
    givenUp = givenUp == GivenUp.NOT ? why : givenUp;
  }

  void began(long now) {
    began = true;
    lookedAt = now;
    quietNanos = 0;
    quietBytes = 0;
  }

  boolean hasBegun() {
    return began;
  }

  /// For how long its body has been coming, up to the last look.
  long nanosInBody() {
    return bodyNanos;
  }

  /// The bytes that came since the last call.
  ///
  /// @param longestStepNanos how much time is thought to have passed since then at most
  long look(long now, long longestStepNanos) {
    long all = received;
    long fresh = all - seen;
    long step = Math.min(longestStepNanos, now - lookedAt);
    bodyNanos += began ? step : 0;
    quietBytes += fresh;
    if (quietBytes >= LEAST_PROGRESS) {
      quietNanos = 0;
      quietBytes = 0;
    } else {
      quietNanos += step;
    }
    seen = all;
    lookedAt = now;
    return fresh;
  }

  /// For how long next to nothing has come.
  long quietNanos() {
    return quietNanos;
  }

  /// Where it ends, counted from the start of its request's range.
  long end() {
    return end;
  }

  /// An earlier end is being asked for.
  void beginShortening() {
    shortening = true;
  }

  /// The transport has answered: it ends there from now on.
  void endShortening(long where) {
    shortening = false;
    end = where;
  }

  boolean isShortening() {
    return shortening;
  }

  /// Whether it ends, or perhaps ends, before the end of its request's range.
  boolean isShortened() {
    return shortening || end < request.range().length();
  }
}
