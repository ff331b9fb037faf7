package io.penstock.cli;

import io.penstock.Tensor;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;

/// Reads a range of samples of one tensor in blocks of bounded size.
final class SampleReader {
  /// What a block aims at, and how much of the budget the command keeps for it.
  static final long BLOCK_BYTES = 16L << 20;

  private static final int MOST_SAMPLES = 4096;

  /// Receives samples in order.
  interface Receiver {
    /// Receives some samples.
    ///
    /// @param first position of the first sample
    /// @param shapes of the samples
    /// @param elements of all of them, one behind the other, valid for the call
    void samples(long first, Shape[] shapes, MemorySegment elements);
  }

  private final Tensor tensor;
  private final long most;

  /// @param mostBytes that one sample may have
  SampleReader(Tensor tensor, long mostBytes) {
    this.tensor = tensor;
    this.most = mostBytes;
  }

  /// Reads the samples `from` (inclusive) to `to` (exclusive).
  void read(long from, long to, Receiver receiver) {
    if (tensor.sampleShape().ragged()) {
      readRagged(from, to, receiver);
    } else {
      readFixed(from, to, receiver);
    }
  }

  private void readFixed(long from, long to, Receiver receiver) {
    Shape shape = tensor.sampleShape();
    long sampleBytes = Math.max(1, shape.bytes(tensor.type()));
    checkSample(from, sampleBytes);
    long step = Math.clamp(BLOCK_BYTES / sampleBytes, 1, MOST_SAMPLES);
    for (long at = from; at < to; at += step) {
      long end = Math.min(to, at + step);
      Shape[] shapes = new Shape[(int) (end - at)];
      java.util.Arrays.fill(shapes, shape);
      try (Arena arena = Arena.ofShared()) {
        Region region = Region.samples(at, end, shape);
        MemorySegment target = arena.allocate(region.shape().bytes(tensor.type()), 64);
        tensor.read(region, target);
        receiver.samples(at, shapes, target);
      }
    }
  }

  private void readRagged(long from, long to, Receiver receiver) {
    DataType type = tensor.type();
    for (long at = from; at < to; at += MOST_SAMPLES) {
      long[] positions = LongStream.range(at, Math.min(to, at + MOST_SAMPLES)).toArray();
      Shape[] shapes = tensor.shapes(positions);
      int first = 0;
      while (first < positions.length) {
        long bytes = shapes[first].bytes(type);
        checkSample(positions[first], bytes);
        int end = first + 1;
        while (end < positions.length && bytes + shapes[end].bytes(type) <= BLOCK_BYTES) {
          bytes += shapes[end++].bytes(type);
        }
        try (Arena arena = Arena.ofShared()) {
          MemorySegment target = arena.allocate(bytes, 64);
          tensor.readRagged(java.util.Arrays.copyOfRange(positions, first, end), target);
          receiver.samples(
              positions[first], java.util.Arrays.copyOfRange(shapes, first, end), target);
        }
        first = end;
      }
    }
  }

  private void checkSample(long position, long bytes) {
    if (bytes > most) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "sample "
              + position
              + " has "
              + bytes
              + " bytes, more than the "
              + most
              + " that --memory leaves for it");
    }
  }
}
