package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// How samples of different lengths become batches: which of them come together, and how they lie
/// in memory. The length of a sample is the length of its first axis, which is the only one that
/// may differ from sample to sample where samples are padded or packed.
///
/// [Bucket], [MaxBytes] and [Pack] gather anew inside *windows* of 64 batches of positions of the
/// order, see [RaggedWindow]: every window holds the samples that the order puts there, each of
/// them once, whatever the number of ranks.
public sealed interface RaggedMode {
  /// What becomes of samples that are longer than the length that was said.
  enum Overlong {
    /// Their batch fails, naming the sample.
    REFUSE,
    /// They are cut: what lies behind the length is not read.
    CUT
  }

  /// How the samples of a batch lie in memory.
  sealed interface Layout extends RaggedMode {}

  /// One behind the other; [TensorBatch#offsets] says where each begins.
  record Offsets() implements Layout {}

  /// Each filled up to the same length. A tensor's part has the shape (samples, length, other
  /// axes), and [TensorBatch#lengths] tells how much of each sample is real.
  ///
  /// @param length of all samples; 0 for that of the longest of the rank's part of the batch
  /// @param filler the value behind a sample's end, in the type of each tensor
  /// @param overlong what becomes of longer samples
  record Pad(long length, long filler, Overlong overlong) implements Layout {
    /// Checks the length.
    public Pad {
      require(length >= 0, "a length of " + length + " to pad to is negative");
    }
  }

  /// Batches of samples of about the same length: those of a window, from the shortest to the
  /// longest, are cut into so many buckets, and each batch comes from one of them. Batches of all
  /// buckets come in turn, at random. Those samples at the end of an epoch that do not fill a batch
  /// stay together.
  ///
  /// A chunk is decoded once, when all batches that take some of it are in memory, so these modes
  /// need more of it: where samples of a chunk come within *s* batches of the order, those of ⌈(*s*
  /// − 1)/64⌉ + 1 windows, 64 batches each. `plan()` counts them.
  ///
  /// @param buckets 1 to 64; more mean less padding, fewer better mixed batches
  /// @param layout of the batches
  record Bucket(int buckets, Layout layout) implements RaggedMode {
    /// Checks the number.
    public Bucket {
      require(
          buckets >= 1 && buckets <= RaggedWindow.BATCHES,
          "buckets " + buckets + " is not in 1 to " + RaggedWindow.BATCHES);
    }
  }

  /// Batches of as many samples as so many bytes hold, but never more than a batch of the order.
  /// With [Offsets] they hold samples in their order; with [Pad] the samples of a window are first
  /// put in the order of their size, and what is bounded are the bytes with the padding; that takes
  /// as much memory as [Bucket] does. What is counted are samples as they are stored, before hooks.
  ///
  /// A sample that has more bytes than that is a batch of its own. With several ranks each has an
  /// equal number of a batch's samples, give or take one; a rank's part may be empty, so that all
  /// ranks have as many batches.
  ///
  /// @param bytes of all tensors of a global batch, over all ranks, 1 or more
  /// @param layout of the batches
  record MaxBytes(long bytes, Layout layout) implements RaggedMode {
    /// Checks the number.
    public MaxBytes {
      require(bytes >= 1, "a batch of at most " + bytes + " bytes holds nothing");
    }
  }

  /// Samples packed one behind the other into rows of a fixed length, as many as fit: a tensor's
  /// part has the shape (rows, length, other axes). [TensorBatch#offsets] says where each sample
  /// begins, [TensorBatch#lengths] how long it is, [TensorBatch#segments] which element belongs to
  /// which. No sample is divided. All ragged tensors of a sample have to have the same length.
  ///
  /// The last batch of a window may have rows without samples. It is well to make the batch of the
  /// order about as large as the number of samples in `rows` rows: then a window has about 64
  /// batches, and at most one of them is not full.
  ///
  /// Tensors that are not ragged, and those that a transform makes regular, come as always: one
  /// sample after the other, in the order of the rows.
  ///
  /// @param length of a row, 1 or more
  /// @param rows of a global batch, over all ranks, 1 or more; the world size must divide it
  /// @param filler the value behind a row's last sample, in the type of each tensor
  /// @param overlong what becomes of samples that are longer than a row
  record Pack(long length, int rows, long filler, Overlong overlong) implements RaggedMode {
    /// Checks the numbers.
    public Pack {
      require(length >= 1, "rows of length " + length + " hold nothing");
      require(rows >= 1, "a batch of " + rows + " rows holds nothing");
    }
  }

  /// One behind the other: the default.
  static Layout offsets() {
    return new Offsets();
  }

  /// Filled up with zeros to the longest of the batch.
  static Layout pad() {
    return new Pad(0, 0, Overlong.REFUSE);
  }

  /// Filled up with zeros to a length; longer samples fail.
  static Layout padTo(long length) {
    return new Pad(length, 0, Overlong.REFUSE);
  }

  /// Samples of about the same length, filled up with zeros to the longest of the batch.
  static RaggedMode bucket() {
    return new Bucket(16, pad());
  }

  /// As many samples as so many bytes hold, one behind the other.
  static RaggedMode maxBytes(long bytes) {
    return new MaxBytes(bytes, offsets());
  }

  /// Packed into rows, which are filled up with zeros; longer samples fail.
  static RaggedMode pack(long length, int rows) {
    return new Pack(length, rows, 0, Overlong.REFUSE);
  }

  /// How the samples of a batch lie in memory; for [Pack] empty.
  default java.util.Optional<Layout> findLayout() {
    return switch (this) {
      case Layout layout -> java.util.Optional.of(layout);
      case Bucket(_, Layout layout) -> java.util.Optional.of(layout);
      case MaxBytes(_, Layout layout) -> java.util.Optional.of(layout);
      case Pack _ -> java.util.Optional.empty();
    };
  }

  /// Whether samples may come far from where the order puts them, anywhere in their window.
  default boolean movesFar() {
    return switch (this) {
      case Layout _, Pack _ -> false;
      case MaxBytes(_, Offsets _) -> false;
      case MaxBytes(_, Pad _), Bucket _ -> true;
    };
  }

  /// Whether samples are gathered anew inside windows, by their sizes.
  default boolean windowed() {
    return !(this instanceof Layout);
  }

  /// What of it decides which samples come together, in words that never change, for
  /// [LoaderState#optionsHash]; empty if nothing does. Padding can be changed when a loader goes
  /// on.
  default String gathering() {
    return switch (this) {
      case Layout _ -> "";
      case Bucket(int buckets, _) -> "bucket " + buckets;
      case MaxBytes(long bytes, Offsets _) -> "bytes " + bytes;
      case MaxBytes(long bytes, Pad(long length, _, _)) -> "bytes " + bytes + " padded " + length;
      case Pack(long length, int rows, _, _) -> "pack " + length + " " + rows;
    };
  }

  private static void require(boolean met, String otherwise) {
    if (!met) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, otherwise);
    }
  }
}
