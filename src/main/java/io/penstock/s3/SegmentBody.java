package io.penstock.s3;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import software.amazon.awssdk.core.sync.RequestBody;

/// A segment as the body of a request, without a copy of the whole: the HTTP client copies it piece
/// by piece into the buffer from which it writes to the socket. A repeated request begins it anew.
final class SegmentBody extends InputStream {
  private static final String CONTENT_TYPE = "application/octet-stream";

  private final MemorySegment segment;
  private long position;
  private long mark;

  private SegmentBody(MemorySegment segment) {
    this.segment = segment;
  }

  /// The body; the segment is borrowed until the request is done.
  static RequestBody of(MemorySegment segment) {
    return RequestBody.fromContentProvider(
        () -> new SegmentBody(segment), segment.byteSize(), CONTENT_TYPE);
  }

  @Override
  public int read() {
    return position == segment.byteSize()
        ? -1
        : Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, position++));
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    int count = Math.toIntExact(Math.min(length, segment.byteSize() - position));
    if (count == 0) {
      return -1;
    }
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, target, offset, count);
    position += count;
    return count;
  }

  @Override
  public long skip(long bytes) {
    long count = Math.clamp(bytes, 0, segment.byteSize() - position);
    position += count;
    return count;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, segment.byteSize() - position);
  }

  @Override
  public boolean markSupported() {
    return true;
  }

  @Override
  public void mark(int readLimit) {
    mark = position;
  }

  @Override
  public void reset() {
    position = mark;
  }
}
