package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.List;

/// What a loader is asked for.
///
/// @param tensors names, each once, at least one
/// @param batchSize samples in a batch, 1 or more
/// @param order of the samples
/// @param dropRemainder whether a last batch that is not full is left out
/// @param maxBatchBytes the largest batch; 0 means a quarter of the budget
public record LoaderOptions(
    List<String> tensors, int batchSize, Order order, boolean dropRemainder, long maxBatchBytes) {
  /// Copies the list and checks what can be checked without a version.
  public LoaderOptions {
    tensors = List.copyOf(tensors);
    if (tensors.isEmpty() || tensors.stream().distinct().count() != tensors.size()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "tensors " + tensors + " must be some, each once");
    }
    if (batchSize < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "batchSize " + batchSize + " is less than 1");
    }
    if (maxBatchBytes < 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "maxBatchBytes " + maxBatchBytes + " is negative");
    }
  }
}
