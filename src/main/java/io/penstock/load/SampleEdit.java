package io.penstock.load;

import java.io.IOException;

/// Changes a sample where it lies; its type and shape stay. For the rest see [SampleHook].
@FunctionalInterface
public non-sealed interface SampleEdit extends SampleHook {
  /// Changes one sample.
  ///
  /// @param sample whose elements may be read and written
  /// @param random begins anew for each sample of each tensor, see [SampleRandom]
  /// @throws IOException if the sample is damaged
  void edit(SampleValue sample, SampleRandom random) throws IOException;
}
