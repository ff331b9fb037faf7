package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What becomes of samples on their way into a batch.
///
/// @param ragged how samples of different lengths become batches
/// @param hooks what is done to each sample, by the names of tensors, in their order
public record BatchForm(RaggedMode ragged, Map<String, List<SampleHook>> hooks) {
  /// Samples as they are stored, ragged ones one behind the other.
  public static final BatchForm AS_STORED = new BatchForm(RaggedMode.offsets(), Map.of());

  /// Copies the map.
  public BatchForm {
    Map<String, List<SampleHook>> copy = new LinkedHashMap<>();
    hooks.forEach((tensor, ofTensor) -> copy.put(tensor, List.copyOf(ofTensor)));
    hooks = java.util.Collections.unmodifiableMap(copy);
  }

  /// The hooks of a tensor; empty if it has none.
  public List<SampleHook> hooks(String tensor) {
    return hooks.getOrDefault(tensor, List.of());
  }

  /// The same with another way to gather ragged samples.
  public BatchForm withRagged(RaggedMode mode) {
    return new BatchForm(mode, hooks);
  }

  /// The same with one more hook for a tensor, after those that it has.
  public BatchForm withHook(String tensor, SampleHook hook) {
    Map<String, List<SampleHook>> more = new LinkedHashMap<>(hooks);
    List<SampleHook> ofTensor = new java.util.ArrayList<>(hooks(tensor));
    ofTensor.add(hook);
    more.put(tensor, ofTensor);
    return new BatchForm(ragged, more);
  }

  /// Refuses hooks of tensors that are not read.
  ///
  /// @throws RefusedException naming the first of them
  void check(List<String> tensors) {
    for (String tensor : hooks.keySet()) {
      if (!tensors.contains(tensor)) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "tensor " + tensor + " has a hook, but only " + tensors + " are read: read it too");
      }
    }
  }
}
