package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreChecks;
import io.penstock.store.StoreCounts;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Ranged reads over a transport, whatever the network and the service do: as many at once as bring
/// more bytes, what failed is repeated from where it ended, what is slow by bad luck is overtaken.
/// Thread-safe.
final class GetLine implements AutoCloseable {
  // Everything is decided in events: a read was asked for, an answer began, an exchange ended, the
  // watch came by. An event changes the state with the lock held and notes what is to be done;
  // that - starting and cancelling exchanges, making futures done - is done afterwards without the
  // lock, for it may call others who call back. So nothing is ever called with the lock held.
  //
  // Nobody writes where another one may write: at any time at most one exchange of a piece has been
  // given memory, and pieces do not overlap. A hedge whose rival began first is given none.
  //
  // The watch comes by every few milliseconds while there is something to watch, and says what is
  // to be done about those that are silent or slow.

  private static final Duration LONGEST_ASKED_PAUSE = Duration.ofSeconds(30);

  private final GetTransport transport;
  private final S3Options options;
  private final S3Failures failures;
  private final LongSupplier nanoTime;
  private final Alarm alarm;

  private final Object lock = new Object();
  private final GoodputControl control;
  private final RetryBudget retries;
  private final PrefixLimits prefixes = new PrefixLimits();
  private final LineQueue queue = new LineQueue(prefixes);
  private final ServedRanges served = new ServedRanges();
  private final LineTally tally = new LineTally();
  private final LineWatch watch;
  private long asked;
  private boolean watching;
  private boolean closed;

  /// What a line is given from outside.
  ///
  /// @param nanoTime a clock that never goes back
  /// @param random for pauses; thread-safe
  /// @param alarm borrowed
  /// @param hedges what may be spent on helping slow requests
  record Parts(LongSupplier nanoTime, RandomGenerator random, Alarm alarm, HedgeBudget hedges) {}

  /// @param transport owned
  /// @param ceiling the most requests at once
  /// @param options for their patience
  GetLine(
      GetTransport transport, int ceiling, S3Options options, S3Failures failures, Parts parts) {
    this.transport = transport;
    this.options = options;
    this.failures = failures;
    this.nanoTime = parts.nanoTime();
    this.alarm = parts.alarm();
    this.watch = new LineWatch(options.patience().stall(), new Stragglers(parts.hedges()), tally);
    long now = nanoTime.getAsLong();
    this.control = new GoodputControl(ceiling, now);
    this.retries =
        new RetryBudget(
            options.patience().firstDelay(),
            options.patience().longestDelay(),
            parts.random(),
            now);
  }

  /// Reads a range; as [io.penstock.store.Store#read].
  CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    LineRead read = new LineRead(this, request, landing);
    event((now, after) -> {
      if (closed) {
        fail(read, StoreChecks.closed(options.uri()), after);
        return;
      }
      asked++;
      control.asked(asked);
      Optional<InetSocketAddress> avoid = served.avoid(request.key(), request.range());
      read.pieces().forEach(piece -> piece.avoid(avoid));
      read.firstPieces().forEach(queue::add);
      startWatching(now, after);
    });
    return read;
  }

  /// The next read of these bytes goes elsewhere; as [io.penstock.store.Store#distrust].
  void distrust(String key, ByteRange range) {
    synchronized (lock) {
      served.distrust(key, range);
    }
  }

  /// So far, and the level now.
  StoreCounts counts() {
    synchronized (lock) {
      return tally.counts(control.level());
    }
  }

  /// Fails everything under way and closes the transport. Returns when nobody touches lent memory
  /// any more.
  @Override
  public void close() {
    event((_, after) -> {
      closed = true;
      failAll(StoreChecks.closed(options.uri()), after);
    });
    transport.close();
  }

  private void failAll(PenstockException why, List<Runnable> after) {
    List<LineRead> reads = queue.reads();
    reads.addAll(watch.reads());
    reads.forEach(read -> fail(read, why, after));
  }

  /// What an event does.
  private interface Event {
    /// @param after what is to be done without the lock
    void run(long now, List<Runnable> after);
  }

  private void event(Event event) {
    List<Runnable> after = new ArrayList<>();
    synchronized (lock) {
      long now = nanoTime.getAsLong();
      event.run(now, after);
      admit(now, after);
    }
    after.forEach(Runnable::run);
  }

  private void admit(long now, List<Runnable> after) {
    while (watch.count() < control.level()) {
      Optional<LinePiece> next = queue.next(now);
      if (next.isEmpty()) {
        return;
      }
      launch(next.get(), false, next.get().avoid(), now, after);
    }
  }

  private void launch(
      LinePiece piece,
      boolean hedge,
      Optional<InetSocketAddress> avoid,
      long now,
      List<Runnable> after) {
    LineRead read = piece.read();
    GetRequest request = new GetRequest(read.key(), piece.missing(), read.etag(), avoid);
    LineExchange exchange = new LineExchange(this, piece, request, hedge, watch.sent(), now);
    piece.flying().add(exchange);
    watch.left(exchange);
    after.add(() -> exchange.start(transport));
  }

  // --- what exchanges tell ----------------------------------------------------------------------

  /// An answer has begun. Returns whether its bytes are wanted; if so, memory is lent to it now.
  boolean begins(LineExchange exchange, ObjectInfo info) {
    List<Runnable> after = new ArrayList<>();
    boolean wanted;
    synchronized (lock) {
      long now = nanoTime.getAsLong();
      LinePiece piece = exchange.piece();
      control.answered();
      watch.answered(exchange, now);
      wanted = exchange.isActive() && piece.landing() == null && !piece.read().isOver();
      if (wanted) {
        exchange.began(now);
        piece.begins(exchange);
        piece.read().pin(info).forEach(queue::add);
        watch.overtake(exchange, now).forEach(rival -> after.add(rival::cancel));
        admit(now, after);
      }
    }
    after.forEach(Runnable::run);
    return wanted;
  }

  /// An exchange is over.
  void ended(LineExchange exchange, GetEnd end) {
    event((now, after) -> {
      LinePiece piece = exchange.piece();
      watch.ended(exchange, now);
      piece.ended(exchange);
      note(exchange);
      if (piece.read().isOver()) {
        piece.read().ending().ifPresent(after::add);
        return;
      }
      if (exchange.givenUp() == LineExchange.GivenUp.UNWANTED) {
        return; // whatever became of it, another one brings its bytes
      }
      switch (end) {
        case GetEnd.Whole _ -> whole(exchange, now, after);
        case GetEnd.Refused refused -> refused(exchange, refused, now, after);
        case GetEnd.Broken broken -> broken(exchange, broken, now, after);
        case GetEnd.Failed failed -> fail(piece.read(), failed.failure(), after);
        case GetEnd.Cancelled _ -> cancelled(exchange, now, after);
      }
    });
  }

  private void note(LineExchange exchange) {
    if (exchange.received() > 0) {
      ByteRange brought = exchange.piece().read().absolute(exchange.from(), exchange.received());
      exchange
          .address()
          .ifPresent(from -> served.add(exchange.piece().read().key(), brought, from));
    }
  }

  private void whole(LineExchange exchange, long now, List<Runnable> after) {
    LinePiece piece = exchange.piece();
    LineRead read = piece.read();
    retries.succeeded();
    watch.succeeded();
    prefixes.succeeded(read.key(), exchange.sentAt(), now);
    if (!piece.isWhole() && exchange.isShortened()) {
      queue.addAgain(piece); // it was given an earlier end, and the rest has not been cut off yet
    } else if (!piece.isWhole()) {
      again(exchange, unavailable(piece, "the answer ended early", null), now, after);
    } else if (read.finished()) {
      read.ending().ifPresent(after::add);
    }
  }

  private void refused(
      LineExchange exchange, GetEnd.Refused refused, long now, List<Runnable> after) {
    LineRead read = exchange.piece().read();
    boolean throttled = S3Failures.isThrottling(refused);
    if (throttled) {
      tally.throttled();
      control.throttled(exchange.sentAt(), now);
      prefixes.throttled(read.key(), exchange.sentAt(), now);
    }
    PenstockException failure = failures.ofRead(read.key(), refused);
    LinePiece piece = exchange.piece();
    if (piece.isOrphaned() && mayBeMended(piece, refused)) {
      tally.repeated(1);
      queue.addAgain(piece);
    } else if (!(failure instanceof TransientException)) {
      fail(read, failure, after);
    } else {
      again(exchange, failure, throttled, refused.retryAfter().orElse(Duration.ZERO), now, after);
    }
  }

  /// Whether the same request, made out anew, may be answered: with the service's time, or with
  /// what the provider of credentials says now that those of before have expired.
  private boolean mayBeMended(LinePiece piece, GetEnd.Refused refused) {
    return S3Failures.isExpired(refused.code())
        ? piece.takeFreshCredentials()
        : refused.mended() && piece.failed() < options.patience().attempts();
  }

  private void broken(LineExchange exchange, GetEnd.Broken broken, long now, List<Runnable> after) {
    LinePiece piece = exchange.piece();
    boolean idleTooLong = broken.beforeFirstByte() && broken.onReusedConnection();
    if (idleTooLong && piece.isOrphaned() && piece.takeFreeRetry()) {
      // The server closed the connection while it was idle: that tells nothing about this request.
      tally.repeated(1);
      queue.addAgain(piece);
      return;
    }
    again(exchange, unavailable(piece, broken.reason(), broken.cause()), now, after);
  }

  private void cancelled(LineExchange exchange, long now, List<Runnable> after) {
    LinePiece piece = exchange.piece();
    switch (exchange.givenUp()) {
      case STALLED -> {
        tally.stalled();
        String reason = "nothing came for " + options.patience().stall().toMillis() + " ms";
        again(exchange, unavailable(piece, reason, null), now, after);
      }
      case UNWANTED -> {}
      case NOT -> again(exchange, unavailable(piece, "broken off", null), now, after);
    }
  }

  private static TransientException unavailable(
      LinePiece piece, String reason, @Nullable Throwable cause) {
    return new TransientException(
        ErrorCode.STORE_UNAVAILABLE, "read " + piece.read().key() + ": " + reason, cause);
  }

  private void again(
      LineExchange exchange, PenstockException failure, long now, List<Runnable> after) {
    again(exchange, failure, false, Duration.ZERO, now, after);
  }

  /// Sends what is missing again, after a pause, unless it has failed too often. To be asked for
  /// fewer requests is borne for a while without counting as a failure.
  private void again(
      LineExchange exchange,
      PenstockException failure,
      boolean throttled,
      Duration askedPause,
      long now,
      List<Runnable> after) {
    LinePiece piece = exchange.piece();
    if (!piece.isOrphaned()) {
      return;
    }
    S3Options.Patience patience = options.patience();
    int times = throttled ? piece.throttled(now) : piece.failed();
    boolean borne = throttled && piece.throttledNanos(now) < patience.throttled().toNanos();
    if (!borne && times >= patience.attempts()) {
      String message = failure.getMessage() + ", after " + times + " attempts";
      fail(piece.read(), new TransientException(failure.code(), message, failure), after);
      return;
    }
    piece.avoid(exchange.address());
    long asked = Math.min(askedPause.toNanos(), LONGEST_ASKED_PAUSE.toNanos());
    queue.pause(piece, now + Math.max(asked, retries.pauseNanos(times, throttled)));
  }

  /// Asks a read to stop.
  void cancel(LineRead read) {
    event((_, after) -> fail(read, null, after));
  }

  /// @param why null: it is cancelled
  private static void fail(LineRead read, @Nullable PenstockException why, List<Runnable> after) {
    if (read.isOver()) {
      return;
    }
    read.fail(why);
    for (LinePiece piece : read.pieces()) {
      for (LineExchange each : piece.flying()) {
        each.giveUp(LineExchange.GivenUp.UNWANTED);
        after.add(each::cancel);
      }
    }
    read.ending().ifPresent(after::add);
  }

  // --- the watch --------------------------------------------------------------------------------

  private void startWatching(long now, List<Runnable> after) {
    if (!watching) {
      watching = true;
      control.idle(now);
      after.add(this::watchLater);
    }
  }

  private void watchLater() {
    alarm.in(LineWatch.STEP, this::comeBy);
  }

  private void comeBy() {
    try {
      event(this::look);
    } catch (RuntimeException e) {
      // A mistake of ours: without the watch reads could wait for ever.
      event((_, after) -> {
        watching = false;
        String what = "reads of " + options.uri() + ": " + e;
        failAll(new RefusedException(ErrorCode.INTERNAL, what, e), after);
      });
    }
  }

  private void look(long now, List<Runnable> after) {
    boolean atLevel = watch.count() >= control.level();
    LineWatch.Findings found = watch.look(now);
    found.silent().forEach(exchange -> after.add(exchange::cancel));
    control.sample(now, found.bytes(), atLevel);
    prefixes.forgetUnused(now);
    tally.repeated(queue.endPauses(retries, now));
    for (LineExchange late : watch.toHedge(found, now)) {
      launch(late.piece(), true, late.address(), now, after);
    }
    watch.toShorten(found, now).forEach(slow -> after.add(() -> shorten(slow)));
    watching = watch.count() > 0 || !queue.isEmpty();
    if (watching) {
      after.add(this::watchLater);
    }
  }

  private void shorten(LineWatch.EarlierEnd slow) {
    long end = slow.exchange().shorten(slow.wanted());
    event((_, _) -> watch.shortened(slow.exchange(), end).ifPresent(queue::addAgain));
  }
}
