package io.penstock.s3;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The exchanges under way, and which of them are silent, late or slow. Says what is to be done
/// about them, as values; the line does it. Confined to whoever holds the line's lock.
final class LineWatch {
  // It knows time only as the sum of its own steps, none of them long: after a pause of the whole
  // process nothing looks stalled or slow.

  /// The time between two looks.
  static final Duration STEP = Duration.ofMillis(20);

  private static final long LONGEST_STEP_NANOS = 5 * STEP.toNanos();

  private final long stallNanos;
  private final Stragglers stragglers;
  private final LineTally tally;
  private final Set<LineExchange> flying = new LinkedHashSet<>();
  private long sent;
  private long unseenBytes;

  /// @param stall how long next to nothing may come of an exchange
  LineWatch(Duration stall, Stragglers stragglers, LineTally tally) {
    this.stallNanos = stall.toNanos();
    this.stragglers = stragglers;
    this.tally = tally;
  }

  // --- who is under way -------------------------------------------------------------------------

  /// How many exchanges have left so far.
  long sent() {
    return sent;
  }

  /// How many are under way.
  int count() {
    return flying.size();
  }

  /// Whose pieces are under way.
  List<LineRead> reads() {
    List<LineRead> reads = new ArrayList<>();
    flying.forEach(exchange -> reads.add(exchange.piece().read()));
    return reads;
  }

  /// An exchange leaves.
  void left(LineExchange exchange) {
    sent++;
    flying.add(exchange);
  }

  /// An exchange has been answered.
  void answered(LineExchange exchange, long now) {
    stragglers.began(exchange, now);
  }

  /// Gives up the rivals of an exchange that has begun, and returns them: they are to be cancelled.
  List<LineExchange> overtake(LineExchange winner, long now) {
    List<LineExchange> rivals = new ArrayList<>();
    for (LineExchange rival : winner.piece().flying()) {
      if (rival != winner && rival.isActive()) {
        stragglers.decided(winner, rival, now);
        tally.hedgeDecided(winner.isHedge());
        rival.giveUp(LineExchange.GivenUp.UNWANTED);
        rivals.add(rival);
      }
    }
    return rivals;
  }

  /// An exchange is over.
  void ended(LineExchange exchange, long now) {
    unseenBytes += exchange.look(now, LONGEST_STEP_NANOS);
    flying.remove(exchange);
    if (exchange.hasBegun()) {
      stragglers.came(exchange);
    }
  }

  /// A request has succeeded.
  void succeeded() {
    stragglers.succeeded();
  }

  // --- a look -----------------------------------------------------------------------------------

  /// What a look has found. Each list is in the order in which the exchanges left.
  ///
  /// @param bytes that came since the last look
  /// @param silent given up; they are to be cancelled
  /// @param late whose answers take longer than is usual
  /// @param slow whose bodies come so slowly that another request would bring the rest sooner
  record Findings(
      long bytes, List<LineExchange> silent, List<LineExchange> late, List<LineExchange> slow) {}

  /// An exchange that should end early, counted from the start of its range, so that another one
  /// can bring the rest.
  record EarlierEnd(LineExchange exchange, long wanted) {}

  /// Looks at all exchanges, and gives up the silent ones.
  Findings look(long now) {
    long bytes = unseenBytes;
    unseenBytes = 0;
    List<LineExchange> silent = new ArrayList<>();
    List<LineExchange> late = new ArrayList<>();
    List<LineExchange> slow = new ArrayList<>();
    for (LineExchange exchange : flying) {
      bytes += exchange.look(now, LONGEST_STEP_NANOS);
      if (!exchange.isActive()) {
        continue;
      }
      if (exchange.quietNanos() >= stallNanos) {
        exchange.giveUp(LineExchange.GivenUp.STALLED);
        silent.add(exchange);
      } else if (exchange.hasBegun()) {
        if (stragglers.earlierEnd(exchange).isPresent()) {
          slow.add(exchange);
        }
      } else if (stragglers.isLate(exchange)) {
        late.add(exchange);
      }
    }
    return new Findings(bytes, silent, late, slow);
  }

  /// Which of the late ones are to be hedged, each by a request that is sent now.
  List<LineExchange> toHedge(Findings found, long now) {
    List<LineExchange> hedged = new ArrayList<>();
    if (Stragglers.areFew(found.late(), sent)) {
      for (LineExchange exchange : found.late()) {
        if (exchange.piece().activeCount() == 1 && stragglers.affordHelp(now)) {
          stragglers.helped();
          tally.hedged();
          hedged.add(exchange);
        }
      }
    }
    return hedged;
  }

  /// Which of the slow ones are to end earlier; [#shortened] has to be told what became of each.
  List<EarlierEnd> toShorten(Findings found, long now) {
    List<EarlierEnd> shortened = new ArrayList<>();
    if (Stragglers.areFew(found.slow(), sent)) {
      for (LineExchange exchange : found.slow()) {
        if (exchange.isShortening() || !stragglers.affordHelp(now)) {
          continue;
        }
        OptionalLong end = stragglers.earlierEnd(exchange);
        if (end.isPresent()) {
          exchange.beginShortening();
          stragglers.helped();
          shortened.add(new EarlierEnd(exchange, end.getAsLong()));
        }
      }
    }
    return shortened;
  }

  /// Notes where an exchange ends that was to end earlier, and returns the rest, if there is one:
  /// it is to be asked for.
  ///
  /// @param end counted from the start of the exchange's range
  Optional<LinePiece> shortened(LineExchange exchange, long end) {
    boolean earlier = end < exchange.end();
    exchange.endShortening(end);
    LinePiece piece = exchange.piece();
    if (!earlier || piece.landing() != exchange) {
      stragglers.notHelped();
      return Optional.empty();
    }
    tally.stole();
    return Optional.of(piece.cutAt(exchange.from(), end));
  }
}
