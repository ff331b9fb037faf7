package io.penstock.s3;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// A connection that is used by blocking calls: one thread at a time, but for [#close], which any
/// thread may call and which breaks off a call of another.
class SocketConnection implements IdleConnections.Connection, AutoCloseable {
  private final SocketChannel channel;
  private final InetSocketAddress address;
  private final MemorySegment scratch = Arena.ofAuto().allocate(GetAnswer.SCRATCH_BYTES, 64);
  private final HttpDates dates = new HttpDates();
  private boolean reused;

  /// Not yet connected.
  SocketConnection(InetSocketAddress address) throws IOException {
    this.channel = SocketChannel.open();
    this.address = address;
  }

  /// Connects.
  void connect(Duration patience) throws IOException {
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    channel.socket().connect(address, Math.toIntExact(patience.toMillis()));
  }

  /// Breaks off what goes on without the socket for a while, if that was closed.
  final void checkOpen() throws ClosedChannelException {
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  /// What an answer on it needs.
  final GetAnswer.Connection forAnswer() {
    return new GetAnswer.Connection(address, reused, scratch, dates);
  }

  /// Notes that an answer has come to its end.
  final void markReused() {
    reused = true;
  }

  /// Sends bytes, all of them.
  void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Waits for further bytes and gives them to the answer.
  ///
  /// @return whether there were any; false: the peer has closed the connection
  boolean receive(GetAnswer answer) throws IOException {
    int count = channel.read(answer.target().asByteBuffer());
    if (count > 0) {
      answer.received(count);
    }
    return count >= 0;
  }

  /// Waits for further bytes.
  final int receive(ByteBuffer target) throws IOException {
    return channel.read(target);
  }

  /// Whether the peer has neither closed an idle connection nor sent anything unasked.
  @Override
  public final boolean isUsable() {
    try {
      channel.configureBlocking(false);
      int count = channel.read(ByteBuffer.allocate(1));
      channel.configureBlocking(true);
      return count == 0;
    } catch (IOException _) {
      return false; // whatever is wrong with it, it is not used again
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException _) {
      // nothing was to be sent any more
    }
  }
}
