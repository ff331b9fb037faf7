package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Of connections that nobody wants no handshake is made.
class HandshakeGateTest {
  private final NettyConnection connection =
      new NettyConnection(
          new InetSocketAddress("127.0.0.1", 443),
          false,
          new IdleConnections<>(() -> 0),
          Optional.empty());

  @Test
  void handshakeGetsWhatComes_whileTheConnectionIsWanted() {
    EmbeddedChannel channel = new EmbeddedChannel(new HandshakeGate(connection));
    ByteBuf bytes = Unpooled.buffer().writeByte(1);

    channel.writeInbound(bytes);

    assertThat(channel.<ByteBuf>readInbound()).isSameAs(bytes);
    assertThat(bytes.release()).isTrue();
    assertThat(channel.isActive()).isTrue();
    channel.finishAndReleaseAll();
  }

  @Test
  void handshakeDoesNotGoOn_whenTheConnectionIsUnwanted() {
    EmbeddedChannel channel = new EmbeddedChannel(new HandshakeGate(connection));
    ByteBuf bytes = Unpooled.buffer().writeByte(1);
    connection.close();

    ChannelFuture _ = channel.writeOneInbound(bytes);

    assertThat(channel.<ByteBuf>readInbound()).isNull();
    assertThat(bytes.refCnt()).isZero();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void handshakeDoesNotBegin_whenTheConnectionIsUnwanted() {
    connection.close();

    EmbeddedChannel channel = new EmbeddedChannel(new HandshakeGate(connection));

    assertThat(channel.isOpen()).isFalse();
  }
}
