package io.penstock.convert;

import io.penstock.format.TensorSpec;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.OptionalLong;

/// One or more tensors of the same samples, read from the first sample to the last. Memory is
/// bounded by what the caller asks for, whatever the length of the input. One thread at a time; all
/// methods may read from files and block.
///
/// Damaged input ends in a [io.penstock.error.CorruptDataException] with code `INPUT_MALFORMED`,
/// input that is sound but cannot be converted in a [io.penstock.error.RefusedException] or a
/// [io.penstock.error.CorruptDataException] with code `UNSUPPORTED`; both name file, field and
/// value.
public interface SampleSource extends AutoCloseable {
  /// What is read, for messages: a file, a member of one, a folder. Holds no secret.
  String origin();

  /// The tensors, known from the opening on, in the order of the columns of [#read].
  List<TensorSpec> tensors();

  /// Samples in all, read or not; empty if only the end will tell.
  OptionalLong samples();

  /// How many of the next samples fit into so many bytes, all tensors together: at least 1 while
  /// there is another sample, 0 at the end. At most 2^20.
  int fitting(long maxBytes);

  /// Reads the next samples, one column for each tensor, into memory of the caller's choice. Check
  /// [#fitting] before: to read more than are left is a mistake of the caller's.
  List<Column> read(int samples, SegmentAllocator memory);

  /// Closes files. Idempotent.
  @Override
  void close();
}
