package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.OnBadSample;
import io.penstock.load.OrderShape;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// One tensor that a loader reads.
///
/// @param spec of the tensor
/// @param number among the loader's tensors
/// @param hooks what is done to its samples
/// @param placement of its samples in batches, if they are ragged
/// @param resident whether it is read once and kept decoded, because it is small or because the
///   order needs it as a whole
record Column(TensorSpec spec, int number, HookChain hooks, Placement placement, boolean resident) {
  /// A column that is not larger stays decoded, if it is a small part of what is read.
  private static final long MOST_RESIDENT_BYTES = 4L << 20;

  private static final long RESIDENT_SHARE = 16;

  /// Which columns stay: all where all samples are mixed at once, else small ones beside larger
  /// ones.
  ///
  /// @throws RefusedException if what is asked for does not fit the tensors
  static List<Column> of(
      VersionContent content, List<TensorSpec> specs, OrderShape shape, LoaderOptions options) {
    List<Column> columns = new ArrayList<>();
    long all = 0;
    for (TensorSpec spec : specs) {
      Column column = of(spec, columns.size(), options);
      column.refuseReplacing(options.onBadSample());
      columns.add(column);
      all += ResidentColumn.bytes(content, column);
    }
    refuseGathering(columns, options);
    long share = all / RESIDENT_SHARE;
    columns.replaceAll(column -> {
      long bytes = ResidentColumn.bytes(content, column);
      boolean small =
          !column.ragged()
              && bytes <= MOST_RESIDENT_BYTES
              && (bytes <= share || spansGroups(content, column.spec()));
      return column.residentIf(shape.level() == OrderShape.Level.FULL || small);
    });
    return columns;
  }

  /// Whether one chunk of it belongs to several groups, so that it would be read again for each.
  private static boolean spansGroups(VersionContent content, TensorSpec spec) {
    return content.layouts().stream()
        .anyMatch(layout ->
            layout.find(spec.name()).orElse(null) instanceof TensorLayout.Fixed fixed
                && fixed.array().chunk().dimension(0) > layout.groupSamples());
  }

  private static Column of(TensorSpec spec, int number, LoaderOptions options) {
    HookChain hooks = HookChain.of(spec, options.form().hooks(spec.name()));
    Placement placement =
        spec.ragged() && !hooks.moves()
            ? Placement.of(options.form().ragged(), options.share())
            : new Placement.Dense();
    Column column = new Column(spec, number, hooks, placement, false);
    placement.check(column);
    return column;
  }

  private static void refuseGathering(List<Column> columns, LoaderOptions options) {
    RaggedMode mode = options.form().ragged();
    boolean fits =
        switch (mode) {
          case RaggedMode.Layout _ -> true;
          case RaggedMode.Bucket _, RaggedMode.MaxBytes _ ->
              columns.stream().anyMatch(Column::ragged);
          case RaggedMode.Pack _ -> columns.stream().anyMatch(Column::packedOutput);
        };
    if (mode.windowed()) {
      RaggedWindow.checkBatch(mode, options.batchSize());
    }
    if (!fits) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          mode
              + " gathers samples by their length, but none of "
              + options.tensors()
              + " is ragged: read one that is");
    }
  }

  private Column residentIf(boolean stays) {
    return new Column(spec, number, hooks, placement, stays);
  }

  private void refuseReplacing(OnBadSample onBadSample) {
    if (raggedOutput() && onBadSample == OnBadSample.REPLACE) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "samples of the ragged tensor "
              + spec.name()
              + " cannot be replaced, for they differ in size: use MASK or FAIL");
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

  /// Whether samples that are handed over differ in shape.
  boolean raggedOutput() {
    return ragged() && !hooks.moves();
  }

  /// Whether samples are handed over packed into rows.
  boolean packedOutput() {
    return raggedOutput() && placement instanceof Placement.Packed;
  }

  /// Bytes of a sample of a certain length; of tensors whose first axis alone is ragged.
  long bytesOfLength(long length) {
    return Math.multiplyExact(
        Math.multiplyExact(length, spec.sampleShape().productFrom(1)), elementBytes());
  }

  Shape sampleShape() {
    return spec.sampleShape();
  }
}
