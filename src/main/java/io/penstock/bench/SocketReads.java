package io.penstock.bench;

import io.penstock.store.ByteRange;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// Blocking sockets: a request of fixed form goes out, and the body lands in the slot as the kernel
/// gives it. Over TLS, the JDK decrypts into a small array on the heap, from where it is copied.
final class SocketReads implements RangeReads.Blocking {
  private static final int HEAD_BYTES = 16 << 10;
  private static final int TLS_BYTES = 256 << 10;

  private final ServicePlace place;
  private final String bucket;

  SocketReads(ServicePlace place, String bucket) {
    this.place = place;
    this.bucket = bucket;
  }

  @Override
  public String with() {
    return place.encrypted()
        ? "SSLSocket of Java " + Runtime.version().feature()
        : "SocketChannel of Java " + Runtime.version().feature();
  }

  @Override
  public RangeReads.Reader reader() {
    return new Connection();
  }

  @Override
  public void close() {}

  /// A connection, made when it is first used, and again when the service has closed it.
  private final class Connection implements RangeReads.Reader {
    private final ByteBuffer head = ByteBuffer.allocateDirect(HEAD_BYTES);
    private @Nullable Line line;

    @Override
    public void read(String key, ByteRange range, MemorySegment slot) throws IOException {
      Line open = line;
      if (open != null) {
        try {
          exchange(open, key, range, slot);
          return;
        } catch (IOException _) {
          close(); // it was idle for too long: a new connection will do, or fail for good
        }
      }
      open = place.encrypted() ? Line.encrypted(place) : Line.plain(place);
      line = open;
      exchange(open, key, range, slot);
    }

    private void exchange(Line open, String key, ByteRange range, MemorySegment slot)
        throws IOException {
      String request =
          "GET /"
              + bucket
              + "/"
              + key
              + " HTTP/1.1\r\nHost: "
              + place.endpoint().getAuthority()
              + "\r\nRange: "
              + RangeReads.field(range)
              + "\r\n\r\n";
      open.write(request.getBytes(StandardCharsets.US_ASCII));
      head.clear();
      int end = -1;
      while (end < 0) {
        if (open.read(head) < 0) {
          throw new EOFException("the connection ended before an answer");
        }
        end = endOfHead();
      }
      String text =
          StandardCharsets.ISO_8859_1.decode(head.duplicate().flip().limit(end)).toString();
      RangeReads.check(Integer.parseInt(text.substring(9, 12)), length(text), range);
      ByteBuffer body = slot.asByteBuffer();
      body.put(head.flip().position(end));
      while (body.hasRemaining()) {
        if (open.read(body) < 0) {
          throw new EOFException("the answer ended after " + body.position() + " bytes");
        }
      }
    }

    private int endOfHead() {
      for (int i = 3; i < head.position(); i++) {
        if (head.get(i) == '\n' && head.get(i - 2) == '\n') {
          return i + 1;
        }
      }
      return -1;
    }

    @Override
    public void close() throws IOException {
      if (line != null) {
        line.close();
        line = null;
      }
    }
  }

  private static long length(String head) {
    return head.lines()
        .filter(field -> field.toLowerCase(Locale.ROOT).startsWith("content-length:"))
        .mapToLong(field -> Long.parseLong(field.substring(15).trim()))
        .findFirst()
        .orElse(-1);
  }

  /// Two directions of a connection.
  private interface Line extends AutoCloseable {
    void write(byte[] bytes) throws IOException;

    int read(ByteBuffer room) throws IOException;

    @Override
    void close() throws IOException;

    static Line plain(ServicePlace place) throws IOException {
      SocketChannel channel =
          SocketChannel.open(new InetSocketAddress(place.endpoint().getHost(), place.port()));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return new Line() {
        @Override
        public void write(byte[] bytes) throws IOException {
          for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
            channel.write(left);
          }
        }

        @Override
        public int read(ByteBuffer room) throws IOException {
          return channel.read(room);
        }

        @Override
        public void close() throws IOException {
          channel.close();
        }
      };
    }

    static Line encrypted(ServicePlace place) throws IOException {
      SSLSocket socket =
          (SSLSocket)
              SSLSocketFactory.getDefault().createSocket(place.endpoint().getHost(), place.port());
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] decrypted = new byte[TLS_BYTES];
      return new Line() {
        @Override
        public void write(byte[] bytes) throws IOException {
          out.write(bytes);
        }

        @Override
        public int read(ByteBuffer room) throws IOException {
          int count = in.read(decrypted, 0, Math.min(decrypted.length, room.remaining()));
          if (count > 0) {
            room.put(decrypted, 0, count);
          }
          return count;
        }

        @Override
        public void close() throws IOException {
          socket.close();
        }
      };
    }
  }
}
