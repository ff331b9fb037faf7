package io.penstock;

import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;

/// A named column of samples of one version. Thread-safe. Reads block, plan all their requests
/// before the first one is sent, and fill the caller's native memory: C order, this machine's byte
/// order.
public final class Tensor {
  Tensor() {}

  /// The tensor as the schema declares it.
  public TensorSpec spec() {
    throw new UnsupportedOperationException("front door");
  }

  /// Its name.
  public String name() {
    return spec().name();
  }

  /// Type of its elements.
  public DataType type() {
    return spec().type();
  }

  /// Shape of one sample; [Shape#RAGGED] where it varies.
  public Shape sampleShape() {
    return spec().sampleShape();
  }

  /// Samples of the version.
  public long samples() {
    throw new UnsupportedOperationException("front door");
  }

  /// Stored bytes.
  public long bytes() {
    throw new UnsupportedOperationException("front door");
  }

  /// Reads a box of a fixed-shape tensor; axis 0 is the samples.
  ///
  /// @param target exactly the region's bytes, borrowed for the call
  public void read(Region region, MemorySegment target) {
    throw new UnsupportedOperationException("front door " + region + target);
  }

  /// Reads whole samples of a fixed-shape tensor, in the given order, repeats allowed.
  public void read(long[] positions, MemorySegment target) {
    throw new UnsupportedOperationException("front door " + positions.length + target);
  }

  /// Shapes of samples, in the given order; all equal for a fixed-shape tensor.
  public Shape[] shapes(long[] positions) {
    throw new UnsupportedOperationException("front door " + positions.length);
  }

  /// Reads whole ragged samples, one behind the other, in the given order.
  ///
  /// @param target exactly the bytes that [#shapes] gives
  public void readRagged(long[] positions, MemorySegment target) {
    throw new UnsupportedOperationException("front door " + positions.length + target);
  }

  /// One sample's bytes, copied to the heap.
  public byte[] bytes(long position) {
    throw new UnsupportedOperationException("front door " + position);
  }

  /// One sample's bytes as UTF-8 text.
  public String text(long position) {
    return new String(bytes(position), java.nio.charset.StandardCharsets.UTF_8);
  }
}
