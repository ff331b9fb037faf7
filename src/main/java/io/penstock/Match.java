package io.penstock;

import static java.math.BigInteger.ONE;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// A condition on the number that a tensor has for a sample, such as `equal(3)`; see [View#where].
/// Immutable.
///
/// Numbers are compared exactly, whatever the types: `int64` values with `3.5`, `uint64` values
/// with a `BigInteger`. For a tensor of floating-point numbers the given number is rounded to the
/// tensor's type first, so that `equal(0.1)` finds what was written as `0.1f`; 0 and −0 are equal.
/// NaN meets no condition but [#notEqual]. For `bool` the numbers are 0 and 1.
public final class Match {
  private enum Comparison {
    EQUAL("=="),
    NOT_EQUAL("!="),
    AT_LEAST(">="),
    ABOVE(">"),
    AT_MOST("<="),
    BELOW("<"),
    BETWEEN("in");

    private final String sign;

    Comparison(String sign) {
      this.sign = sign;
    }
  }

  private final Comparison comparison;
  private final List<BigDecimal> numbers;

  private Match(Comparison comparison, Number... numbers) {
    this.comparison = comparison;
    this.numbers = Arrays.stream(numbers).map(Match::exact).toList();
    if (numbers.length == 0) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "a match with no number");
    }
  }

  /// One of these numbers.
  ///
  /// @param anyOf at least one, each a value that the tensor's type has
  public static Match equal(Number... anyOf) {
    return new Match(Comparison.EQUAL, anyOf);
  }

  /// None of these numbers.
  ///
  /// @param noneOf at least one, each a value that the tensor's type has
  public static Match notEqual(Number... noneOf) {
    return new Match(Comparison.NOT_EQUAL, noneOf);
  }

  /// This number or more.
  public static Match atLeast(Number least) {
    return new Match(Comparison.AT_LEAST, least);
  }

  /// More than this number.
  public static Match above(Number limit) {
    return new Match(Comparison.ABOVE, limit);
  }

  /// This number or less.
  public static Match atMost(Number most) {
    return new Match(Comparison.AT_MOST, most);
  }

  /// Less than this number.
  public static Match below(Number limit) {
    return new Match(Comparison.BELOW, limit);
  }

  /// From `least` (inclusive) to `limit` (exclusive).
  public static Match between(Number least, Number limit) {
    return new Match(Comparison.BETWEEN, least, limit);
  }

  /// The condition for a type of numbers.
  ///
  /// @throws RefusedException for complex numbers, and for a number to be equal to that the type
  ///   has not
  ColumnTest on(DataType type) {
    ColumnKeys keys = ColumnKeys.of(type);
    BigDecimal first = numbers.getFirst();
    return switch (comparison) {
      case EQUAL -> new ColumnTest.OneOf(keys, values(keys), true);
      case NOT_EQUAL -> new ColumnTest.OneOf(keys, values(keys), false);
      case AT_LEAST -> within(keys, keys.atLeast(first), keys.top());
      case ABOVE -> within(keys, keys.atMost(first).add(ONE), keys.top());
      case AT_MOST -> within(keys, keys.bottom(), keys.atMost(first));
      case BELOW -> within(keys, keys.bottom(), keys.atLeast(first).subtract(ONE));
      case BETWEEN ->
          within(keys, keys.atLeast(first), keys.atLeast(numbers.getLast()).subtract(ONE));
    };
  }

  private static ColumnTest within(ColumnKeys keys, BigInteger low, BigInteger high) {
    BigInteger from = low.max(keys.bottom());
    BigInteger to = high.min(keys.top());
    return from.compareTo(to) <= 0
        ? new ColumnTest.Within(keys, from.longValueExact(), to.longValueExact())
        : new ColumnTest.Within(keys, 1, 0);
  }

  private long[] values(ColumnKeys keys) {
    return numbers.stream().mapToLong(keys::value).sorted().toArray();
  }

  private static BigDecimal exact(Number number) {
    return switch (number) {
      case Byte n -> BigDecimal.valueOf(n.longValue());
      case Short n -> BigDecimal.valueOf(n.longValue());
      case Integer n -> BigDecimal.valueOf(n.longValue());
      case Long n -> BigDecimal.valueOf(n);
      case Float n when Float.isFinite(n) -> new BigDecimal(n.doubleValue());
      case Double n when Double.isFinite(n) -> new BigDecimal(n);
      case BigInteger n -> new BigDecimal(n);
      case BigDecimal n -> n;
      default ->
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "values cannot be compared with "
                  + number
                  + " of type "
                  + number.getClass().getSimpleName());
    };
  }

  /// The condition in words, such as `== 3` or `in [0.5, 1)`.
  @Override
  public String toString() {
    List<String> words =
        numbers.stream().map(number -> number.stripTrailingZeros().toPlainString()).toList();
    if (comparison == Comparison.BETWEEN) {
      return "in [" + words.getFirst() + ", " + words.getLast() + ")";
    }
    return comparison.sign
        + " "
        + (words.size() == 1
            ? words.getFirst()
            : words.stream().collect(Collectors.joining(" or ")));
  }
}
