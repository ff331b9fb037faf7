package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;

/// Whoever lends memory is told of the end only when no receive into it is under way. The channel
/// stands for one of io_uring: a receive is under way from when its buffer was asked for until that
/// is released, and a close has its effect only after that.
class NettyConnectionTest {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 80);
  private static final byte UNTOUCHED = 0x55;
  private static final int SHORT = 1_000;
  private static final int LONG = 2 << 20;
  private static final int MOST_AT_ONCE = 1 << 20;

  private final Arena arena = Arena.ofConfined();
  private final IdleConnections<NettyConnection> idle = new IdleConnections<>(() -> 0);
  private final NettyConnection connection =
      new NettyConnection(ADDRESS, false, idle, Optional.empty());
  private final Closing closing = new Closing();
  private final EmbeddedChannel channel = new EmbeddedChannel(closing, connection);
  private final OpenExchanges exchanges = new OpenExchanges(Runnable::run, Runnable::run);
  private MemorySegment memory;
  private RecordingSink sink;
  private Asked exchange;
  private Runnable beforeShut = () -> {};

  /// Closes when the test says so.
  private static final class Closing extends ChannelOutboundHandlerAdapter {
    private @Nullable ChannelPromise asked;

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
      if (asked == null) {
        asked = promise;
      }
    }
  }

  /// The exchange under test.
  private final class Asked extends TrackedExchange {
    Asked(GetRequest request) {
      super(request, sink, exchanges, URI.create("s3://bucket/"));
    }

    @Override
    void stop() {
      connection.stop(this);
    }

    @Override
    void shutAnswering() {
      beforeShut.run();
      connection.shut(this, new RefusedException(ErrorCode.CLOSED, "closed"));
    }

    @Override
    void breakOff() {
      connection.close();
    }
  }

  @AfterEach
  void close() {
    closeNow();
    channel.finishAndReleaseAll();
    arena.close();
  }

  private void ask(int length) {
    memory = arena.allocate(length).fill(UNTOUCHED);
    sink = new RecordingSink(List.of(new Landing.Slice(0, memory)));
    GetRequest request =
        new GetRequest("key", new ByteRange(0, length), Optional.empty(), Optional.empty());
    exchange = new Asked(request);
    exchanges.start(exchange, () -> {});
    assertThat(exchange.enter(ADDRESS)).isTrue();
    RequestSigner signer =
        new RequestSigner(
            AnonymousCredentialsProvider.create(), InstantSource.fixed(Instant.EPOCH), "r", "s3");
    GetAnswer answer = new GetAnswer(request, exchange.sink(), signer, connection.forAnswer());
    connection.begin(exchange, answer, new byte[] {1});
  }

  /// A receive ends with so many bytes.
  private void complete(ByteBuf receive, byte[] bytes) {
    receive.writeBytes(bytes);
    channel.pipeline().fireChannelRead(receive);
    channel.pipeline().fireChannelReadComplete();
    assertThat(receive.refCnt()).isZero();
  }

  private static byte[] head(int length) {
    return String.join(
            "\r\n",
            "HTTP/1.1 206 Partial Content",
            "ETag: \"tag\"",
            "Content-Range: bytes 0-" + (length - 1) + "/" + length,
            "Content-Length: " + length,
            "",
            "")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /// A receive into lent memory that is under way.
  private ByteBuf landing(int length) {
    ask(length);
    complete(connection.nextReceive(), head(length));
    assertThat(sink.hasBegun()).isTrue();
    ByteBuf receive = connection.nextReceive();
    assertThat(receive.memoryAddress()).isEqualTo(memory.address());
    assertThat(receive.writableBytes()).isEqualTo(Math.min(length, MOST_AT_ONCE));
    return receive;
  }

  private void closeNow() {
    ChannelPromise asked = closing.asked;
    if (asked != null && !asked.isDone()) {
      ChannelFuture _ = channel.pipeline().context(closing).close(asked);
      channel.runPendingTasks();
    }
  }

  /// The system says that a receive was given up.
  private void cancelled(ByteBuf receive) {
    assertThat(sink.hasEnded()).isFalse();
    assertThat(closing.asked).as("the receive is cancelled").isNotNull();
    assertThat(receive.release()).isTrue();
    closeNow();
  }

  @Test
  void endWaitsForTheReceive_whenCancelledWithMuchLeft() {
    ByteBuf receive = landing(LONG);

    exchange.cancel();

    cancelled(receive);
    assertThat(sink.end()).isEqualTo(new GetEnd.Cancelled());
  }

  @Test
  void restIsThrownAway_whenCancelledWithLittleLeft() {
    ByteBuf receive = landing(SHORT);

    exchange.cancel();

    assertThat(sink.hasEnded()).isFalse();
    complete(receive, new byte[100]);
    assertThat(sink.end()).isEqualTo(new GetEnd.Cancelled());
    assertThat(sink.progress()).isEqualTo(100);
    memory.fill(UNTOUCHED);
    complete(connection.nextReceive(), new byte[SHORT - 100]);
    assertThat(memory.mismatch(arena.allocate(SHORT).fill(UNTOUCHED))).isEqualTo(-1);
    assertThat(closing.asked).isNull();
    assertThat(idle.take(_ -> true)).contains(connection);
  }

  @Test
  void endIsWhole_whenTheLastBytesComeAfterTheCancel() {
    ByteBuf receive = landing(SHORT);

    exchange.cancel();
    complete(receive, new byte[SHORT]);

    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
    assertThat(idle.take(_ -> true)).contains(connection);
  }

  @Test
  void endComesSoon_whenCancelledAndTheRestDoesNotCome() {
    channel.freezeTime();
    ByteBuf receive = landing(SHORT);

    exchange.cancel();
    assertThat(closing.asked).isNull();
    channel.advanceTimeBy(GetAnswer.DRAINED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    channel.runPendingTasks();

    cancelled(receive);
    assertThat(sink.end()).isEqualTo(new GetEnd.Cancelled());
  }

  private void assertEndSaysClosed() {
    assertThat(sink.end())
        .isInstanceOfSatisfying(
            GetEnd.Failed.class,
            failed -> assertThat(failed.failure().code()).isEqualTo(ErrorCode.CLOSED));
  }

  @Test
  void endWaitsForTheReceive_whenTheTransportIsClosed() {
    ByteBuf receive = landing(SHORT);

    exchange.shut();

    cancelled(receive);
    assertEndSaysClosed();
  }

  @Test
  void endSaysClosed_whenTheConnectionGoesJustBeforeTheClosedTransportComesToIt() {
    ask(SHORT);
    beforeShut =
        () -> {
          connection.close();
          closeNow();
          assertThat(sink.hasEnded()).isTrue();
        };

    assertThat(exchanges.close()).isTrue();

    assertEndSaysClosed();
  }

  @Test
  void connectionIsNotHandedOut_onceItIsToBeClosed() {
    idle.release(connection, true);
    connection.close();

    assertThat(channel.isActive()).isTrue();
    assertThat(idle.take(_ -> true)).isEmpty();
  }

  @Test
  void bytesThatComeAfterAllAreNotTold_whenTheTransportIsClosed() {
    ByteBuf receive = landing(SHORT);

    exchange.shut();
    assertThat(sink.hasEnded()).isFalse();
    complete(receive, new byte[SHORT]);

    assertThat(sink.progress()).isZero();
    assertThat(sink.end()).isInstanceOf(GetEnd.Failed.class);
  }

  @Test
  void endWaitsForTheReceive_whenTheConnectionBreaks() {
    ByteBuf receive = landing(SHORT);

    channel.pipeline().fireExceptionCaught(new IOException("reset"));

    cancelled(receive);
    assertThat(sink.end())
        .isInstanceOfSatisfying(
            GetEnd.Broken.class, broken -> assertThat(broken.reason()).isEqualTo("reset"));
  }

  @Test
  void endsAreToldInTheLoop_onlyWhileNothingIsReceivedIntoLentMemory() {
    List<String> told = new ArrayList<>();
    List<Runnable> elsewhere = new ArrayList<>();
    LandingLoop loop = new LandingLoop(channel.eventLoop(), elsewhere::add);
    assertThat(landing(SHORT).release()).isTrue();
    ByteBuf receive = loop.nextReceive(connection);

    loop.tell(() -> told.add("elsewhere"));
    channel.runPendingTasks();
    assertThat(told).isEmpty();
    assertThat(elsewhere).hasSize(1);

    complete(receive, new byte[SHORT]);
    loop.tell(() -> told.add("here"));
    assertThat(told).isEmpty();
    channel.runPendingTasks();
    assertThat(told).containsExactly("here");

    loop.tell(() -> told.add("at"));
    loop.tell(() -> told.add("once"));
    loop.tellAll();
    channel.runPendingTasks();
    assertThat(told).containsExactly("here", "at", "once");
    assertThat(elsewhere).hasSize(1);
  }

  @Test
  void answerIsTaken_whenItsReceiveWasUnderWayBeforeTheRequest() {
    ByteBuf early = connection.nextReceive();

    ask(SHORT);
    complete(early, head(SHORT));

    ByteBuf receive = connection.nextReceive();
    assertThat(receive.memoryAddress()).isEqualTo(memory.address());
    complete(receive, new byte[SHORT]);
    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());

    ByteBuf next = connection.nextReceive(); // on the idle connection
    ask(SHORT);
    complete(next, head(SHORT));
    complete(connection.nextReceive(), new byte[SHORT]);
    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
  }
}
