package io.penstock.s3;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/// GETs over Netty 4.2: a few event loops receive on all connections, straight into the slices.
/// Over epoll and OpenSSL where their native parts are there, else over what the JDK has; over
/// io_uring if that is asked for.
final class NettyTransport implements GetTransport {
  // What may block before a request can be sent, looking up a name or asking for credentials, runs
  // on a virtual thread; all the rest on the event loop of the exchange's connection. Usually there
  // is nothing of the first kind: then the thread that starts an exchange signs and hands it to the
  // loop, and if it is the loop's own, as when one exchange's end starts the next, to nobody.

  // One event loop receives about 5 GB/s, more than a network brings to so few processors. More of
  // them cost: two on two processors took a third more for a byte than one.
  private static final int PROCESSORS_FOR_LOOP = 4;
  private static final int MOST_LOOPS = 4;
  private static final Duration SWEPT_EVERY = Duration.ofSeconds(1);
  private static final Duration LOOPS_END_WITHIN = Duration.ofSeconds(1);

  private final Parts parts;
  private final Optional<SslContext> tls;
  private final NettyLoops kind;
  private final EventLoopGroup loops;
  private final IdleConnections<NettyConnection> idle;
  private final ExecutorService starters =
      Executors.newThreadPerTaskExecutor(
          Thread.ofVirtual().name("penstock-s3-start-", 0).factory());
  private final Object connecting = new Object();
  private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private final List<LandingLoop> landingLoops = new ArrayList<>(); // none if receives wait
  private final OpenExchanges exchanges;

  /// Encrypted where the bucket's address says so.
  ///
  /// @param kind must be there
  static NettyTransport open(Parts parts, NettyLoops kind) {
    try {
      Optional<SslContext> tls =
          parts.address().tls()
              ? Optional.of(tls(Optional.empty(), OpenSsl.isAvailable()))
              : Optional.empty();
      return new NettyTransport(parts, tls, kind);
    } catch (SSLException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "no TLS for " + parts.store() + ": " + e.getMessage(), e);
    }
  }

  /// How connections are encrypted.
  ///
  /// @param trust whom to trust; empty: whom the JDK trusts
  /// @param openSsl whether by OpenSSL, which must be there, or by the JDK
  static SslContext tls(Optional<TrustManager> trust, boolean openSsl) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forClient().sslProvider(openSsl ? SslProvider.OPENSSL : SslProvider.JDK);
    trust.ifPresent(builder::trustManager);
    return builder.build();
  }

  /// What it runs on here, for reports.
  static String describe(NettyLoops kind) {
    return "netty over " + kind + ", TLS by " + (OpenSsl.isAvailable() ? "OpenSSL" : "the JDK");
  }

  /// @param parts borrowed
  /// @param tls needed if the bucket's address says that connections are encrypted
  /// @param kind must be there
  NettyTransport(Parts parts, Optional<SslContext> tls, NettyLoops kind) {
    this.parts = parts;
    this.tls = tls;
    this.kind = kind;
    this.exchanges = new OpenExchanges(starters, kind.receiveApart() ? this::tell : Runnable::run);
    this.idle = new IdleConnections<>(parts.nanoTime());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            Math.min(
                MOST_LOOPS,
                Math.ceilDiv(Runtime.getRuntime().availableProcessors(), PROCESSORS_FOR_LOOP)),
            Thread.ofPlatform().daemon().name("penstock-s3-loop-", 0).factory(),
            kind.handlers());
    if (kind.receiveApart()) {
      loops.forEach(each -> landingLoops.add(new LandingLoop(each, exchanges::elsewhere)));
    }
    Future<?> _ =
        loops.scheduleAtFixedRate(
            idle::closeOld, SWEPT_EVERY.toMillis(), SWEPT_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Exchange start(GetRequest request, GetSink sink) {
    NettyExchange exchange = new NettyExchange(request, sink);
    Optional<NettyConnection> ready = exchange.ready();
    boolean begun =
        exchanges.start(
            exchange,
            () -> ready.ifPresentOrElse(exchange::goOn, () -> starters.execute(exchange::run)));
    if (!begun) {
      ready.ifPresent(unused -> idle.release(unused, true));
    }
    return exchange;
  }

  private void tell(Runnable end) {
    LandingLoop.here(landingLoops).ifPresentOrElse(loop -> loop.tell(end), end);
  }

  @Override
  public void close() {
    LandingLoop.here(landingLoops).ifPresent(LandingLoop::tellAll);
    if (exchanges.close()) {
      idle.closeAll();
      starters.shutdown();
      synchronized (connecting) {
        // nobody connects any more: the loops would refuse it
      }
      endLoops();
    }
  }

  /// In an own thread without waiting: its loop has to go on for that.
  private void endLoops() {
    boolean wait = !isOwnThread();
    long deadline = parts.nanoTime().getAsLong() + LOOPS_END_WITHIN.toNanos();
    if (kind.receiveApart()) { // closing takes its time there, and loops that still run
      ChannelGroupFuture all = channels.close();
      if (!wait) {
        all.addListener(_ -> shutLoops());
        Future<?> _ =
            loops.schedule(this::shutLoops, LOOPS_END_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        return;
      }
      all.awaitUninterruptibly(millisUntil(deadline));
    }
    shutLoops();
    if (wait) {
      loops.terminationFuture().awaitUninterruptibly(millisUntil(deadline));
    }
  }

  private void shutLoops() {
    Future<?> _ = loops.shutdownGracefully(0, LOOPS_END_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private long millisUntil(long nanos) {
    return Math.max(0, (nanos - parts.nanoTime().getAsLong()) / 1_000_000);
  }

  private boolean isOwnThread() {
    for (EventExecutor loop : loops) {
      if (loop.inEventLoop()) {
        return true;
      }
    }
    return false;
  }

  private ChannelFuture connect(NettyConnection connection) {
    return new Bootstrap()
        .group(loops)
        .channel(kind.channel())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(
            ChannelOption.CONNECT_TIMEOUT_MILLIS,
            Math.toIntExact(parts.connectPatience().toMillis()))
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                equip(channel, connection);
              }
            })
        .connect(connection.address());
  }

  private boolean decryptsInPlace() {
    return tls.isPresent() && tls.get() instanceof OpenSslContext;
  }

  private void equip(SocketChannel channel, NettyConnection connection) {
    if (tls.isPresent()) {
      BucketAddress to = parts.address();
      SslHandler handler = tls.get().newHandler(channel.alloc(), to.host(), to.port());
      handler.setHandshakeTimeoutMillis(parts.connectPatience().toMillis());
      channel.pipeline().addLast(new HandshakeGate(connection), handler);
      if (decryptsInPlace()) {
        TlsLanding landing = new TlsLanding(handler, connection);
        channel
            .config()
            .setRecvByteBufAllocator(new LandingBuffers(landing::nextReceive, () -> {}));
        channel.pipeline().addLast(landing);
      }
    } else {
      Supplier<ByteBuf> next =
          LandingLoop.here(landingLoops)
              .<Supplier<ByteBuf>>map(loop -> () -> loop.nextReceive(connection))
              .orElse(connection::nextReceive);
      channel
          .config()
          .setRecvByteBufAllocator(new LandingBuffers(next, connection::receivedNothing));
    }
    channel.pipeline().addLast(connection);
    channels.add(channel);
  }

  /// One exchange.
  private final class NettyExchange extends TrackedExchange {
    private volatile byte[] head = {};
    private volatile @Nullable NettyConnection making; // closed by whoever ends the exchange early
    private volatile @Nullable NettyConnection connection; // another one's, unless it has entered
    private volatile @Nullable GetAnswer answer;

    NettyExchange(GetRequest request, GetSink sink) {
      super(request, sink, exchanges, parts.store());
    }

    /// A connection on which the exchange can go on at once, if its head could be made without
    /// asking anybody.
    Optional<NettyConnection> ready() {
      Optional<byte[]> made = parts.head().atOnce(request());
      made.ifPresent(bytes -> head = bytes);
      return made.flatMap(_ -> unused());
    }

    private Optional<NettyConnection> unused() {
      return idle.take(parts.addresses().unlessAvoided(request().avoid()));
    }

    void goOn(NettyConnection found) {
      found.run(() -> begin(found));
    }

    void run() {
      if (isGivenUp()) {
        return;
      }
      GetRequest request = request();
      String what = "read " + request.key();
      try {
        head = parts.head().of(request);
        Optional<NettyConnection> found = unused();
        if (found.isPresent()) {
          goOn(found.get());
        } else {
          connect();
        }
      } catch (SdkException e) {
        endEarly(new GetEnd.Failed(parts.failures().of(what, e)));
      } catch (IOException e) {
        endEarly(parts.failures().notConnected(what, e));
      } catch (RejectedExecutionException e) {
        endEarly(new GetEnd.Failed(parts.closed())); // the loops have ended meanwhile
      } catch (RuntimeException e) {
        endEarly(new GetEnd.Failed(parts.unexpected(request, e)));
      }
    }

    private void connect() throws IOException {
      InetSocketAddress address = parts.addresses().choose(request().avoid());
      headFor(address);
      NettyConnection fresh =
          new NettyConnection(
              address,
              tls.isPresent() && !decryptsInPlace(),
              idle,
              kind.lowWater(parts.nanoTime()));
      making = fresh;
      synchronized (connecting) {
        if (!isGivenUp()) {
          connect(fresh);
        }
      }
    }

    private void connect(NettyConnection fresh) {
      NettyTransport.this
          .connect(fresh)
          .addListener((ChannelFuture made) -> {
            SslHandler handler =
                made.isSuccess() ? made.channel().pipeline().get(SslHandler.class) : null;
            if (handler == null) {
              connected(fresh, made);
            } else {
              handler
                  .handshakeFuture()
                  .addListener(
                      (Future<Channel> agreed) -> fresh.run(() -> agreed(fresh, made, agreed)));
            }
          });
    }

    private void agreed(NettyConnection fresh, ChannelFuture made, Future<Channel> agreed) {
      TlsLanding landing = made.channel().pipeline().get(TlsLanding.class);
      if (landing != null && agreed.isSuccess()) {
        landing.takeOver(made.channel().pipeline());
      }
      connected(fresh, agreed);
    }

    private void connected(NettyConnection fresh, Future<?> made) {
      if (made.isSuccess()) {
        begin(fresh);
        return;
      }
      fresh.close();
      parts.addresses().failed(fresh.address());
      IOException reason =
          switch (made.cause()) {
            case SslHandshakeTimeoutException late -> new SocketTimeoutException(late.getMessage());
            case IOException known -> known;
            case Throwable other -> new IOException(String.valueOf(other), other);
          };
      endEarly(parts.failures().notConnected("read " + request().key(), reason));
    }

    /// On the connection's event loop.
    private void begin(NettyConnection used) {
      connection = used;
      if (enter(used.address())) {
        GetAnswer receiving = new GetAnswer(request(), sink(), parts.signer(), used.forAnswer());
        answer = receiving;
        used.begin(this, receiving, head);
      } else {
        idle.release(used, !used.equals(making)); // that one is, or will in a moment be, closed
      }
    }

    @Override
    public boolean endAt(long bytes) {
      GetAnswer receiving = answer;
      return receiving != null && receiving.endAt(bytes);
    }

    @Override
    void stop() {
      NettyConnection used = connection;
      if (used != null) {
        used.run(() -> used.stop(this));
      }
    }

    @Override
    void shutAnswering() {
      NettyConnection used = connection;
      if (used != null) {
        used.runSoon(() -> used.shut(this, parts.closed()));
      }
    }

    @Override
    void breakOff() {
      NettyConnection unwanted = making;
      if (unwanted != null) {
        unwanted.close();
      }
    }
  }
}
