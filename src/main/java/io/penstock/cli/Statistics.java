package io.penstock.cli;

import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Minimum, maximum, mean, deviation, and a histogram of elements, from one pass: counted over all
/// elements that are finite. The histogram's bins grow with the range that has been seen, by
/// joining neighbours, so it is exact for integers of a range up to [#BINS] and has at most that
/// many bins else.
final class Statistics {
  private static final int BINS = 64;
  private static final int SHOWN_BINS = 16;

  private final DataType type;
  private long count;
  private long notFinite;
  private long zeros;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private double mean;
  private double squares;

  private double binStart;
  private double binWidth;
  private final long[] bins = new long[BINS];

  /// Statistics of elements of one type.
  Statistics(DataType type) {
    this.type = type;
  }

  /// Adds elements.
  void add(MemorySegment elements) {
    long all = elements.byteSize() / type.byteCount();
    for (long i = 0; i < all; i++) {
      add(Elements.real(elements, type, i));
    }
  }

  private void add(double value) {
    if (!Double.isFinite(value)) {
      notFinite++;
      return;
    }
    count++;
    zeros += value == 0 ? 1 : 0;
    min = Math.min(min, value);
    max = Math.max(max, value);
    double delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
    bins[bin(value)]++;
  }

  private int bin(double value) {
    if (count == 1) {
      binWidth = integral() ? Math.max(1, Math.ulp(value)) : Math.ulp(value) * BINS;
      binStart = Math.floor(value / binWidth) * binWidth;
    }
    while (value >= binStart + BINS * binWidth) {
      widen(0);
    }
    while (value < binStart) {
      widen(BINS / 2);
    }
    return Math.clamp((long) ((value - binStart) / binWidth), 0, BINS - 1);
  }

  private boolean integral() {
    return switch (type) {
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> true;
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> false;
    };
  }

  /// Joins neighbours into bins of twice the width, which then begin at `at`.
  private void widen(int at) {
    long[] joined = new long[BINS];
    for (int i = 0; i < BINS; i++) {
      joined[at + i / 2] += bins[i];
    }
    System.arraycopy(joined, 0, bins, 0, BINS);
    binStart -= at * 2 * binWidth;
    binWidth *= 2;
  }

  /// What was found, or empty without a finite element.
  Optional<Document.Fields> fields() {
    if (count == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Document.Fields()
            .with("count", count)
            .with("min", min)
            .with("max", max)
            .with("mean", mean)
            .with("std", Math.sqrt(squares / count))
            .with("zeros", zeros)
            .with("notFinite", notFinite)
            .with("histogram", histogram()));
  }

  private List<Object> histogram() {
    int first = bin(min);
    int last = bin(max);
    int step = Math.ceilDiv(last - first + 1, SHOWN_BINS);
    List<Object> rows = new ArrayList<>();
    for (int from = first; from <= last; from += step) {
      long inBin = 0;
      for (int i = from; i < Math.min(from + step, BINS); i++) {
        inBin += bins[i];
      }
      rows.add(
          new Document.Fields()
              .with("from", binStart + from * binWidth)
              .with("to", binStart + (from + step) * binWidth)
              .with("count", inBin)
              .map());
    }
    return rows;
  }
}
