package io.penstock.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/// A file whose writes must be allowed one by one.
final class LimitedChannel extends FileChannel {
  private final FileChannel file;
  private final Allowance allowance;

  /// Says whether so many more bytes may be written.
  @FunctionalInterface
  interface Allowance {
    /// Takes note of them, or throws.
    void take(long bytes) throws IOException;
  }

  LimitedChannel(FileChannel file, Allowance allowance) {
    this.file = file;
    this.allowance = allowance;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    allowance.take(source.remaining());
    return file.write(source);
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    allowance.take(source.remaining());
    return file.write(source, position);
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    throw new UnsupportedOperationException("gathering writes");
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return file.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return file.read(targets, offset, length);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return file.read(target, position);
  }

  @Override
  public long position() throws IOException {
    return file.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    file.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public FileChannel truncate(long bytes) throws IOException {
    file.truncate(bytes);
    return this;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    file.force(metadata);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return file.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException("transfers");
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long bytes) {
    throw new UnsupportedOperationException("mapping");
  }

  @Override
  public FileLock lock(long position, long bytes, boolean shared) throws IOException {
    return file.lock(position, bytes, shared);
  }

  @Override
  public FileLock tryLock(long position, long bytes, boolean shared) throws IOException {
    return file.tryLock(position, bytes, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    file.close();
  }
}
