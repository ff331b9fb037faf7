package io.penstock.s3;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/// An encrypted connection, by the JDK's engine: decrypts straight into what the answer targets
/// where a whole record fits, else by way of the heap.
final class TlsConnection extends SocketConnection {
  // The engine is fed from the heap: its AES is several times slower on direct buffers.
  private static final int RECEIVED_BYTES = 64 << 10;

  private final SSLEngine engine;
  private final ByteBuffer received;
  private final ByteBuffer toSend;
  private final ByteBuffer plain;

  /// Not yet connected.
  ///
  /// @param host whose certificate is expected
  TlsConnection(InetSocketAddress address, SSLContext context, String host) throws IOException {
    super(address);
    this.engine = context.createSSLEngine(host, address.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    int record = engine.getSession().getPacketBufferSize();
    this.received = ByteBuffer.allocate(Math.max(RECEIVED_BYTES, record)).flip();
    this.toSend = ByteBuffer.allocate(record);
    this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
  }

  @Override
  void connect(Duration patience) throws IOException {
    super.connect(patience);
    engine.beginHandshake();
    shakeHands();
  }

  private void shakeHands() throws IOException {
    while (true) {
      checkOpen(); // each step takes milliseconds, and has all that it needs by now
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> runTasks();
        case NEED_WRAP -> wrap(ByteBuffer.allocate(0));
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          plain.clear();
          if (unwrap(plain) == Progress.STARVED && !receiveMore()) {
            throw new EOFException("the connection was closed while TLS was being agreed on");
          }
        }
        case FINISHED, NOT_HANDSHAKING -> {
          return;
        }
      }
    }
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  private void wrap(ByteBuffer bytes) throws IOException {
    toSend.clear();
    SSLEngineResult result = engine.wrap(bytes, toSend);
    if (result.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("TLS cannot send: " + result.getStatus());
    }
    super.send(toSend.flip());
  }

  private enum Progress {
    /// Something was decrypted, or the engine's state went on.
    MADE,
    /// A record does not fit the target.
    CRAMPED,
    /// A record has not come to its end.
    STARVED,
    /// The peer has ended the connection.
    ENDED
  }

  private Progress unwrap(ByteBuffer target) throws SSLException {
    return switch (engine.unwrap(received, target).getStatus()) {
      case OK -> Progress.MADE;
      case BUFFER_OVERFLOW -> Progress.CRAMPED;
      case BUFFER_UNDERFLOW -> Progress.STARVED;
      case CLOSED -> Progress.ENDED;
    };
  }

  private boolean receiveMore() throws IOException {
    received.compact();
    int count = super.receive(received);
    received.flip();
    return count >= 0;
  }

  @Override
  void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      wrap(bytes);
    }
  }

  @Override
  boolean receive(GetAnswer answer) throws IOException {
    while (true) {
      MemorySegment target = answer.target();
      boolean direct = target.byteSize() >= plain.capacity();
      ByteBuffer into = direct ? target.asByteBuffer() : plain.clear();
      Progress progress = unwrap(into);
      switch (progress) {
        case MADE -> {
          serveEngine();
          if (into.position() > 0) {
            give(answer, into, direct);
            return true;
          }
        }
        case STARVED -> {
          answer.receivedNothing();
          if (!receiveMore()) {
            return false;
          }
        }
        case CRAMPED -> throw new SSLException("TLS record larger than its limit");
        case ENDED -> {
          return false;
        }
      }
    }
  }

  // Keys may be renewed at any time.
  private void serveEngine() throws IOException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> runTasks();
      case NEED_WRAP -> wrap(ByteBuffer.allocate(0));
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN, FINISHED, NOT_HANDSHAKING -> {}
    }
  }

  private void give(GetAnswer answer, ByteBuffer into, boolean direct) {
    if (direct) {
      answer.received(into.position());
      return;
    }
    MemorySegment bytes = MemorySegment.ofBuffer(into.flip());
    if (answer.take(bytes) < bytes.byteSize()) {
      answer.notReusable();
    }
  }
}
