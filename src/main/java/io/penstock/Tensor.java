package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A named column of samples of one version. Thread-safe. Reads block, plan all their requests
/// before the first one is sent, and fill the caller's native memory: C order, this machine's byte
/// order.
public final class Tensor {
  private final Version version;
  private final TensorSpec spec;

  Tensor(Version version, TensorSpec spec) {
    this.version = version;
    this.spec = spec;
  }

  /// The tensor as the schema declares it.
  public TensorSpec spec() {
    return spec;
  }

  /// Its name.
  public String name() {
    return spec.name();
  }

  /// Type of its elements.
  public DataType type() {
    return spec.type();
  }

  /// Shape of one sample; [Shape#RAGGED] where it varies.
  public Shape sampleShape() {
    return spec.sampleShape();
  }

  /// Samples of the version.
  public long samples() {
    return version.samples();
  }

  /// Stored bytes of its shards. Reads the version's pages, if it has any.
  public long bytes() {
    long bytes = 0;
    for (FragmentEntry fragment : version.content().fragments()) {
      for (TensorExtent extent : fragment.extents()) {
        bytes += extent.tensor().equals(name()) ? extent.storedBytes() : 0;
      }
    }
    return bytes;
  }

  /// Reads a box of a fixed-shape tensor; axis 0 is the samples.
  ///
  /// @param target exactly the region's bytes, native, borrowed for the call
  public void read(Region region, MemorySegment target) {
    checkRagged(false);
    region.checkWithin(sampleShape().prepend(samples()));
    checkTarget(target, region.shape().bytes(type()));
    version.engine().read(name(), region, target);
  }

  /// Reads whole samples of a fixed-shape tensor, in the given order, repeats allowed.
  ///
  /// @param target exactly as many bytes as the samples have, native, borrowed for the call
  public void read(long[] positions, MemorySegment target) {
    checkRagged(false);
    checkPositions(positions);
    checkTarget(target, sampleShape().prepend(positions.length).bytes(type()));
    version.engine().read(name(), positions, target);
  }

  /// Shapes of samples, in the given order; all equal, and without I/O, for a fixed-shape tensor.
  public Shape[] shapes(long[] positions) {
    checkPositions(positions);
    if (!spec.ragged()) {
      Shape[] shapes = new Shape[positions.length];
      Arrays.fill(shapes, sampleShape());
      return shapes;
    }
    return version.engine().raggedShapes(name(), positions);
  }

  /// Reads whole ragged samples, one behind the other, in the given order.
  ///
  /// @param target exactly as many bytes as [#shapes] tells, native, borrowed for the call
  public void readRagged(long[] positions, MemorySegment target) {
    checkRagged(true);
    checkPositions(positions);
    version.engine().readRagged(name(), positions, target);
  }

  /// One sample's elements, copied to the heap as bytes in this machine's order.
  public byte[] bytes(long position) {
    long[] one = {position};
    long bytes = shapes(one)[0].bytes(type());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(Math.max(bytes, 1), 256).asSlice(0, bytes);
      if (spec.ragged()) {
        readRagged(one, target);
      } else {
        read(one, target);
      }
      return target.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// One sample's bytes as UTF-8 text.
  public String text(long position) {
    return new String(bytes(position), StandardCharsets.UTF_8);
  }

  private void checkRagged(boolean expected) {
    if (spec.ragged() != expected) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor "
              + name()
              + " has samples of shape "
              + sampleShape()
              + (expected ? "; read it with read()" : "; read it with readRagged()"));
    }
  }

  private void checkPositions(long[] positions) {
    for (long position : positions) {
      if (position < 0 || position >= samples()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "tensor "
                + name()
                + ": position "
                + position
                + " is not within the "
                + samples()
                + " samples of "
                + version);
      }
    }
  }

  private void checkTarget(MemorySegment target, long bytesNeeded) {
    if (target.byteSize() != bytesNeeded || !target.isNative() || target.isReadOnly()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor "
              + name()
              + ": the target must be writable native memory of "
              + bytesNeeded
              + " bytes; it has "
              + target.byteSize());
    }
  }
}
