package io.penstock.write;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The first samples of a fragment, kept until they are enough to decide how the rest is laid out
/// and compressed. One thread at a time.
final class FirstSamples {
  /*
   * How many samples decide depends on the samples and not on how they were cut into calls: those
   * before the first one with which 4 MiB are reached, or that one alone if it is the first. They lie
   * in the heap, so that the writer holds nothing of the pool while it waits for its reservation.
   */

  /// So much decides: some chunks of the usual size, and all that the choice of a codec looks at.
  private static final long ENOUGH_BYTES = 4L << 20;

  /// What a sample counts at least, so that a great many tiny ones come to an end.
  private static final long LEAST_BYTES = 8;

  private final List<Kept> tensors = new ArrayList<>();
  private long count;
  private long bytes;

  FirstSamples(Schema schema) {
    for (TensorSpec tensor : schema.tensors()) {
      tensors.add(new Kept(tensor));
    }
  }

  /// Copies samples until there are enough.
  ///
  /// @param call one for each tensor
  /// @return how many samples were kept; if that is less than all, there are enough now
  long add(List<Rows> call) {
    long samples = call.getFirst().count();
    long taken = 0;
    while (taken < samples) {
      long sample = LEAST_BYTES;
      for (Rows rows : call) {
        sample = Math.addExact(sample, rows.bytes(taken) + Rows.shapeBytes(rows.tensor()));
      }
      if (bytes + sample >= ENOUGH_BYTES) {
        break;
      }
      bytes += sample;
      taken++;
    }
    for (int i = 0; i < call.size(); i++) {
      tensors.get(i).add(call.get(i).slice(0, taken));
    }
    count += taken;
    return taken;
  }

  /// The samples that were kept, one for each tensor.
  List<Rows> rows() {
    return tensors.stream().map(kept -> kept.rows(count)).toList();
  }

  /// The samples of one tensor.
  private static final class Kept {
    private final TensorSpec tensor;
    private final Grown elements = new Grown();
    private final Grown shapes = new Grown();

    Kept(TensorSpec tensor) {
      this.tensor = tensor;
    }

    void add(Rows rows) {
      elements.add(rows.elements());
      shapes.add(rows.shapes());
    }

    Rows rows(long count) {
      return new Rows(tensor, count, elements.segment(), shapes.segment());
    }
  }

  /// Bytes that grow in number.
  private static final class Grown {
    private byte[] content = new byte[64];
    private int length;

    void add(MemorySegment bytes) {
      int end = Math.toIntExact(length + bytes.byteSize());
      if (end > content.length) {
        content = Arrays.copyOf(content, Math.max(end, 2 * content.length));
      }
      MemorySegment.copy(bytes, 0, MemorySegment.ofArray(content), length, bytes.byteSize());
      length = end;
    }

    MemorySegment segment() {
      return MemorySegment.ofArray(content).asSlice(0, length);
    }
  }
}
