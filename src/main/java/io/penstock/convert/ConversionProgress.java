package io.penstock.convert;

import java.util.OptionalLong;

/// Is told how far a conversion has come, after every block, on the converting thread.
@FunctionalInterface
public interface ConversionProgress {
  /// So many samples, of that many decoded bytes, are with the writer.
  ///
  /// @param total samples that there will be, if known
  void reached(long samples, long decodedBytes, OptionalLong total);
}
