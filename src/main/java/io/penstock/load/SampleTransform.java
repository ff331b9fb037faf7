package io.penstock.load;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Makes another sample of each sample of a tensor: of another type, another shape, or of encoded
/// bytes. All outputs have one form, which is known when the loader is built. For the rest see
/// [SampleHook].
public non-sealed interface SampleTransform extends SampleHook {
  /// The form of the outputs.
  ///
  /// @param input form of the samples that it will get; ragged where they differ
  /// @return a form that is not ragged
  /// @throws io.penstock.error.RefusedException if it cannot take such samples, saying which
  SampleForm output(SampleForm input);

  /// Writes the output for one sample.
  ///
  /// @param sample to read; not to be written
  /// @param output exactly the bytes of an output, aligned to its type; what they hold is not
  ///   defined, so all of them are to be written
  /// @param random begins anew for each sample of each tensor, see [SampleRandom]
  /// @throws IOException if the sample is damaged
  void apply(SampleValue sample, MemorySegment output, SampleRandom random) throws IOException;

  /// What [SampleTransform#apply] does.
  @FunctionalInterface
  interface Body {
    /// See [SampleTransform#apply].
    void apply(SampleValue sample, MemorySegment output, SampleRandom random) throws IOException;
  }

  /// A transform with outputs of a form, for whatever samples.
  static SampleTransform to(SampleForm output, Body body) {
    return new SampleTransform() {
      @Override
      public SampleForm output(SampleForm input) {
        return output;
      }

      @Override
      public void apply(SampleValue sample, MemorySegment target, SampleRandom random)
          throws IOException {
        body.apply(sample, target, random);
      }
    };
  }
}
