package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.WriteShuffle;
import io.penstock.tensor.Hash64;
import io.penstock.tensor.Permutation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The write-time shuffle: collects samples until a window of memory is full, and passes them on in
/// a permuted order, all tensors of a sample together (`format-spec/v1.md` §12). One thread at a
/// time.
final class TumblingShuffle {
  /*
   * Samples stand one behind the other from the window's start on, each with its shapes and elements
   * tensor by tensor; where they begin is noted from the window's end downwards. So a window is full
   * when the two meet, which depends on the samples alone, and nothing but the window is needed,
   * however small or large samples are.
   */
  private static final ValueLayout.OfLong START = ValueLayout.JAVA_LONG_UNALIGNED;

  /// The tag of this use of a seed's keys; the orders of samples have others.
  private static final int TAG = 9;

  private final List<TensorSpec> tensors;
  private final WriteOptions.Shuffle options;
  private final MemorySegment window;
  private final Consumer<List<Rows>> next;
  private long filledBytes;
  private long samples;
  private long windows;
  private long mostSamples;

  /// @param window memory of exactly the options' bytes, valid as long as this is used
  /// @param next takes one sample after the other, in the permuted order; borrows it
  TumblingShuffle(
      Schema schema,
      WriteOptions.Shuffle options,
      MemorySegment window,
      Consumer<List<Rows>> next) {
    this.tensors = schema.tensors();
    this.options = options;
    this.window = window;
    this.next = next;
  }

  /// Refuses a buffer that could not shuffle samples of this schema, or that no memory of the pool
  /// is enough for.
  static void check(WriteOptions.Shuffle options, Schema schema, long budgetBytes) {
    if (options.bufferBytes() > budgetBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a shuffle buffer of "
              + options.bufferBytes()
              + " bytes exceeds the memory budget of "
              + budgetBytes);
    }
    long least = START.byteSize();
    for (TensorSpec tensor : schema.tensors()) {
      long bytes = tensor.ragged() ? 0 : tensor.sampleShape().bytes(tensor.type());
      least = Math.addExact(least, bytes + Rows.shapeBytes(tensor));
    }
    if (options.bufferBytes() / 2 < least) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "a shuffle buffer of "
              + options.bufferBytes()
              + " bytes does not hold two samples, which need "
              + least
              + " bytes each");
    }
  }

  /// Takes samples, and passes on every window that they fill.
  void append(List<Rows> call) {
    long[] from = new long[call.size()];
    long[] bytes = new long[call.size()];
    for (long sample = 0; sample < call.getFirst().count(); sample++) {
      long needed = START.byteSize();
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = call.get(i).bytes(sample);
        needed = Math.addExact(needed, bytes[i] + Rows.shapeBytes(tensors.get(i)));
      }
      if (needed > freeBytes()) {
        passOn();
      }
      if (needed > freeBytes()) {
        next.accept(alone(call, sample, from, bytes));
        endWindow(1);
      } else {
        keep(call, sample, from, bytes);
      }
      for (int i = 0; i < from.length; i++) {
        from[i] += bytes[i];
      }
    }
  }

  private long freeBytes() {
    return window.byteSize() - filledBytes - samples * START.byteSize();
  }

  /// A sample that is larger than the window: it is passed on where it stands.
  private List<Rows> alone(List<Rows> call, long sample, long[] from, long[] bytes) {
    List<Rows> rows = new ArrayList<>(call.size());
    for (int i = 0; i < call.size(); i++) {
      Rows all = call.get(i);
      long shape = Rows.shapeBytes(tensors.get(i));
      rows.add(
          new Rows(
              tensors.get(i),
              1,
              all.elements().asSlice(from[i], bytes[i]),
              all.shapes().asSlice(sample * shape, shape)));
    }
    return rows;
  }

  private void keep(List<Rows> call, long sample, long[] from, long[] bytes) {
    window.set(START, startOf(samples), filledBytes);
    samples++;
    for (int i = 0; i < call.size(); i++) {
      long shape = Rows.shapeBytes(tensors.get(i));
      MemorySegment.copy(call.get(i).shapes(), sample * shape, window, filledBytes, shape);
      filledBytes += shape;
      MemorySegment.copy(call.get(i).elements(), from[i], window, filledBytes, bytes[i]);
      filledBytes += bytes[i];
    }
  }

  private long startOf(long sample) {
    return window.byteSize() - (sample + 1) * START.byteSize();
  }

  /// Passes on the window, permuted, and begins the next.
  private void passOn() {
    if (samples == 0) {
      return;
    }
    long key = Hash64.tagged(Hash64.numbered(Hash64.ofSeed(options.seed()), windows + 1), TAG);
    for (long i = 0; i < samples; i++) {
      next.accept(kept(Permutation.apply(i, samples, key)));
    }
    endWindow(samples);
  }

  private void endWindow(long count) {
    mostSamples = Math.max(mostSamples, count);
    windows++;
    samples = 0;
    filledBytes = 0;
  }

  private List<Rows> kept(long sample) {
    long at = window.get(START, startOf(sample));
    List<Rows> rows = new ArrayList<>(tensors.size());
    for (TensorSpec tensor : tensors) {
      MemorySegment shapes = window.asSlice(at, Rows.shapeBytes(tensor));
      at += shapes.byteSize();
      Rows shaped = new Rows(tensor, 1, MemorySegment.NULL, shapes);
      MemorySegment elements = window.asSlice(at, shaped.bytes(0));
      at += elements.byteSize();
      rows.add(new Rows(tensor, 1, elements, shapes));
    }
    return rows;
  }

  /// Passes on what is left.
  void finish() {
    passOn();
  }

  /// What was done, once finished.
  WriteShuffle done() {
    return new WriteShuffle(
        WriteShuffle.TUMBLING, options.seed(), mostSamples, options.bufferBytes());
  }
}
