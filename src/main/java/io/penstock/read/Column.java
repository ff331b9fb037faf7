package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.OnBadSample;
import io.penstock.load.OrderShape;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// One tensor that a loader reads.
///
/// @param spec of the tensor
/// @param number among the loader's tensors
/// @param resident whether it is read once and kept decoded, because it is small or because the
///   order needs it as a whole
record Column(TensorSpec spec, int number, boolean resident) {
  /// A column that is not larger stays decoded, if it is a small part of what is read.
  private static final long MOST_RESIDENT_BYTES = 4L << 20;

  private static final long RESIDENT_SHARE = 16;

  /// Which columns stay: all where all samples are mixed at once, else small ones beside larger
  /// ones.
  static List<Column> of(
      VersionContent content, List<TensorSpec> specs, OrderShape shape, OnBadSample onBadSample) {
    refuseReplacingRagged(specs, onBadSample);
    long all = 0;
    for (TensorSpec spec : specs) {
      all += ResidentColumn.bytes(content, new Column(spec, 0, false));
    }
    List<Column> columns = new ArrayList<>();
    for (TensorSpec spec : specs) {
      long bytes = ResidentColumn.bytes(content, new Column(spec, 0, false));
      boolean small =
          !spec.ragged() && bytes <= MOST_RESIDENT_BYTES && bytes <= all / RESIDENT_SHARE;
      boolean resident = shape.level() == OrderShape.Level.FULL || small;
      columns.add(new Column(spec, columns.size(), resident));
    }
    return columns;
  }

  private static void refuseReplacingRagged(List<TensorSpec> specs, OnBadSample onBadSample) {
    for (TensorSpec spec : specs) {
      if (spec.ragged() && onBadSample == OnBadSample.REPLACE) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "samples of the ragged tensor "
                + spec.name()
                + " cannot be replaced, for they differ in size: use MASK or FAIL");
      }
    }
  }

  boolean ragged() {
    return spec.ragged();
  }

  int elementBytes() {
    return spec.type().byteCount();
  }

  /// Bytes of a sample of a tensor that is not ragged.
  long sampleBytes() {
    return spec.sampleShape().bytes(spec.type());
  }

  /// Whether its samples are empty, so that there is nothing to read.
  boolean empty() {
    return !ragged() && sampleBytes() == 0;
  }

  Shape sampleShape() {
    return spec.sampleShape();
  }
}
