package io.penstock.codec;

/// What one thread needs to run codecs: compression contexts and scratch memory, kept between
/// chunks. Confined to one thread at a time; never share one. Close it to free native memory.
public final class CodecContext implements AutoCloseable {
  /// A context that allocates on first use and grows to the largest need.
  public CodecContext() {}

  @Override
  public void close() {
    throw new UnsupportedOperationException("codec room");
  }
}
