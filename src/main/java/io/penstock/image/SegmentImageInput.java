package io.penstock.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import javax.imageio.stream.ImageInputStreamImpl;

/// Reads the bytes of a segment, without a copy of its own.
final class SegmentImageInput extends ImageInputStreamImpl {
  private final MemorySegment bytes;

  SegmentImageInput(MemorySegment bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() throws IOException {
    checkClosed();
    bitOffset = 0;
    return streamPos == bytes.byteSize()
        ? -1
        : Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, streamPos++));
  }

  @Override
  public int read(byte[] target, int from, int count) throws IOException {
    checkClosed();
    Objects.checkFromIndexSize(from, count, target.length);
    bitOffset = 0;
    int most = (int) Math.min(count, bytes.byteSize() - streamPos);
    if (most <= 0) {
      return count == 0 ? 0 : -1;
    }
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, streamPos, target, from, most);
    streamPos += most;
    return most;
  }

  @Override
  public void seek(long position) throws IOException {
    super.seek(Math.min(position, bytes.byteSize()));
  }

  @Override
  public long length() {
    return bytes.byteSize();
  }
}
