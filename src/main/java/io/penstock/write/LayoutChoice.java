package io.penstock.write;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecChain;
import io.penstock.codec.CodecChoice;
import io.penstock.codec.CodecContext;
import io.penstock.format.Layout;
import io.penstock.format.LayoutOptions;
import io.penstock.format.Layouts;
import io.penstock.format.Schema;
import io.penstock.format.TensorMeasure;
import io.penstock.format.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Decides how a fragment is laid out and compressed, from its first samples alone.
///
/// @param schema of the fragment
/// @param options of the writer
/// @param pool lends memory for the choice of a codec, which is given back before this returns
record LayoutChoice(Schema schema, WriteOptions options, BufferPool pool) {
  /// What the choice of a codec looks at.
  private static final long LOOKED_AT_BYTES = 4L << 20;

  /// The layout. Waits for memory.
  ///
  /// @param first samples, one for each tensor
  /// @param next the sample behind them, or empty if there is none
  Layout layout(List<Rows> first, List<Rows> next) {
    CodecChoice choice = CodecChoice.parse(options.codec());
    List<TensorMeasure> measures = new ArrayList<>();
    try (CodecContext context = new CodecContext()) {
      for (int i = 0; i < first.size(); i++) {
        TensorSpec tensor = schema.tensors().get(i);
        // Samples that do not fit what is kept would distort the mean, unless there are no others.
        boolean alone = first.get(i).count() == 0;
        Rows measured = alone ? next.get(i) : first.get(i);
        long mean = measured.elements().byteSize() / measured.count();
        MemorySegment tail = next.isEmpty() ? MemorySegment.NULL : next.get(i).elements();
        CodecChain codecs = chain(choice, tensor, List.of(first.get(i).elements(), tail), context);
        measures.add(new TensorMeasure(tensor.name(), mean, codecs));
      }
    }
    return Layouts.plan(
        schema,
        measures,
        new LayoutOptions(options.chunkSamples(), options.chunkBytes(), options.shardBytes()));
  }

  private CodecChain chain(
      CodecChoice choice, TensorSpec tensor, List<MemorySegment> pieces, CodecContext context) {
    long all = pieces.stream().mapToLong(MemorySegment::byteSize).sum();
    long bytes = Math.min(all, LOOKED_AT_BYTES);
    if (!(choice instanceof CodecChoice.Auto) || bytes == 0) {
      return choice.chain(tensor.type(), List.of(), context);
    }
    try (Lease lease = pool.lease(bytes)) {
      MemorySegment sample = lease.segment();
      long at = 0;
      for (MemorySegment piece : pieces) {
        long now = Math.min(piece.byteSize(), bytes - at);
        MemorySegment.copy(piece, 0, sample, at, now);
        at += now;
      }
      return choice.chain(tensor.type(), List.of(sample), context);
    }
  }
}
