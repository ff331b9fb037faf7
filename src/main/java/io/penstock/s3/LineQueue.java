package io.penstock.s3;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/// The pieces that wait for their turn: first those that are sent again, then the others in the
/// order in which they were asked for, which is that of their deadlines. Confined to whoever holds
/// the line's lock.
final class LineQueue {
  // How far a request may overtake those whose prefix has to wait.
  private static final int LOOK_AHEAD = 64;

  private record Pause(LinePiece piece, long due, long order) {}

  private final PrefixLimits prefixes;
  private final Deque<LinePiece> again = new ArrayDeque<>();
  private final Deque<LinePiece> first = new ArrayDeque<>();
  private final PriorityQueue<Pause> pausing =
      new PriorityQueue<>(Comparator.comparingLong(Pause::due).thenComparingLong(Pause::order));
  private long pauses;

  LineQueue(PrefixLimits prefixes) {
    this.prefixes = prefixes;
  }

  boolean isEmpty() {
    return again.isEmpty() && first.isEmpty() && pausing.isEmpty();
  }

  /// A piece that was not asked for before.
  void add(LinePiece piece) {
    piece.waits(true);
    first.addLast(piece);
  }

  /// A piece of which something was asked for before.
  void addAgain(LinePiece piece) {
    piece.waits(true);
    again.addLast(piece);
  }

  /// A piece that is to be sent again at a time of the line's clock.
  void pause(LinePiece piece, long due) {
    piece.waits(true);
    pausing.add(new Pause(piece, due, pauses++));
  }

  /// Ends the pauses that are due, as far as the budget reaches. Returns how many.
  int endPauses(RetryBudget budget, long now) {
    int ended = 0;
    while (!pausing.isEmpty()) {
      Pause pause = pausing.element();
      boolean over = pause.piece().read().isOver();
      if (!over && (pause.due() - now > 0 || !budget.take(now))) {
        break;
      }
      pausing.remove();
      if (!over) {
        again.addLast(pause.piece());
        ended++;
      }
    }
    return ended;
  }

  /// Takes the piece whose turn it is.
  Optional<LinePiece> next(long now) {
    return next(again, now).or(() -> next(first, now));
  }

  private Optional<LinePiece> next(Deque<LinePiece> queue, long now) {
    Iterator<LinePiece> each = queue.iterator();
    for (int looked = 0; looked < LOOK_AHEAD && each.hasNext(); ) {
      LinePiece piece = each.next();
      if (piece.read().isOver()) {
        each.remove();
      } else if (prefixes.take(piece.read().key(), now)) {
        each.remove();
        piece.waits(false);
        return Optional.of(piece);
      } else {
        looked++;
      }
    }
    return Optional.empty();
  }

  /// Whose pieces wait.
  List<LineRead> reads() {
    List<LineRead> reads = new ArrayList<>();
    again.forEach(piece -> reads.add(piece.read()));
    first.forEach(piece -> reads.add(piece.read()));
    pausing.forEach(pause -> reads.add(pause.piece().read()));
    return reads;
  }
}
