package io.penstock.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// What was measured of several ways to read the same ranges, in turn.
///
/// @param store what was read
/// @param objects how many objects the ranges were of
/// @param sides Penstock, then the others, with as many rounds each
public record GetComparison(String store, int objects, List<Side> sides) {
  /// One way.
  ///
  /// @param with what read, in words
  /// @param rounds in their order
  public record Side(Contender contender, String with, List<GetRound> rounds) {
    /// Copies the list.
    public Side {
      rounds = List.copyOf(rounds);
    }

    /// A figure over all rounds.
    public Spread over(ToDoubleFunction<GetRound> figure) {
      return Spread.of(rounds.stream().mapToDouble(figure).toArray());
    }
  }

  /// Copies the list.
  public GetComparison {
    sides = List.copyOf(sides);
  }

  /// What Penstock's figure is as a multiple of a side's, each time within one round.
  public Spread ratio(Side side, ToDoubleFunction<GetRound> figure) {
    List<GetRound> ours = sides.getFirst().rounds();
    return Spread.of(
        IntStream.range(0, ours.size())
            .mapToDouble(
                i -> figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(side.rounds().get(i)))
            .toArray());
  }
}
