package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/// GETs by the JDK alone: a blocking socket on a platform thread for each exchange, which receives
/// straight into the slices.
final class NioTransport implements GetTransport {
  // A worker thread lives an exchange from end to end. Whoever else wants to break it off closes
  // its connection, and the worker finds out why.

  private static final Duration WORKERS_KEPT = Duration.ofSeconds(5);
  private static final Duration SWEPT_EVERY = Duration.ofSeconds(1);
  private static final long WORKER_STACK_BYTES = 256 << 10;

  private final Parts parts;
  private final Optional<SSLContext> tls;
  private final IdleConnections<SocketConnection> idle;
  private final Set<SocketConnection> connecting = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor workers;
  private final ScheduledThreadPoolExecutor timer;
  private final OpenExchanges exchanges;

  /// Over connections as the JDK encrypts them where the bucket's address says so.
  static NioTransport open(Parts parts) {
    try {
      return new NioTransport(
          parts, parts.address().tls() ? Optional.of(SSLContext.getDefault()) : Optional.empty());
    } catch (NoSuchAlgorithmException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "no TLS for " + parts.store() + ": " + e.getMessage(), e);
    }
  }

  /// @param parts borrowed
  /// @param tls how connections are encrypted; needed if the bucket's address says that they are
  NioTransport(Parts parts, Optional<SSLContext> tls) {
    this.parts = parts;
    this.tls = tls;
    this.idle = new IdleConnections<>(parts.nanoTime());
    this.workers =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            WORKERS_KEPT.toMillis(),
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform()
                .daemon()
                .stackSize(WORKER_STACK_BYTES)
                .name("penstock-s3-get-", 0)
                .factory());
    this.exchanges = new OpenExchanges(workers, Runnable::run);
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("penstock-s3-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    Future<?> _ =
        timer.scheduleAtFixedRate(
            idle::closeOld, SWEPT_EVERY.toMillis(), SWEPT_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Exchange start(GetRequest request, GetSink sink) {
    NioExchange exchange = new NioExchange(request, sink);
    exchanges.start(exchange, () -> workers.execute(exchange::run));
    return exchange;
  }

  @Override
  public void close() {
    if (exchanges.close()) {
      idle.closeAll();
      connecting.forEach(SocketConnection::close);
      workers.shutdown();
      timer.shutdownNow();
    }
  }

  private SocketConnection newConnection(InetSocketAddress address) throws IOException {
    return tls.isPresent()
        ? new TlsConnection(address, tls.get(), parts.address().host())
        : new SocketConnection(address);
  }

  /// One exchange.
  private final class NioExchange extends TrackedExchange {
    private @Nullable SocketConnection connection;
    private volatile @Nullable GetAnswer answer;

    NioExchange(GetRequest request, GetSink sink) {
      super(request, sink, exchanges, parts.store());
    }

    void run() {
      if (isGivenUp()) {
        return;
      }
      GetRequest request = request();
      String what = "read " + request.key();
      try {
        byte[] head = parts.head().of(request);
        Optional<SocketConnection> found =
            idle.take(parts.addresses().unlessAvoided(request.avoid()));
        SocketConnection used = found.isPresent() ? found.get() : connected();
        use(used);
        if (enter(used.address())) {
          answer(used, head);
        } else {
          use(null);
          idle.release(used, true);
        }
      } catch (SdkException e) {
        endEarly(new GetEnd.Failed(parts.failures().of(what, e)));
      } catch (IOException e) {
        endEarly(parts.failures().notConnected(what, e));
      } catch (RuntimeException | Error e) {
        endEarly(new GetEnd.Failed(parts.unexpected(request, e)));
        throw e;
      }
    }

    private SocketConnection connected() throws IOException {
      InetSocketAddress address = parts.addresses().choose(request().avoid());
      headFor(address);
      SocketConnection fresh = newConnection(address);
      use(fresh);
      connecting.add(fresh);
      boolean made = false;
      try {
        if (isGivenUp()) {
          throw new IOException("broken off");
        }
        fresh.connect(parts.connectPatience());
        made = true;
        return fresh;
      } catch (IOException e) {
        parts.addresses().failed(address);
        throw e;
      } finally {
        connecting.remove(fresh);
        if (!made) {
          fresh.close();
        }
      }
    }

    private void answer(SocketConnection used, byte[] head) {
      GetAnswer receiving = new GetAnswer(request(), sink(), parts.signer(), used.forAnswer());
      answer = receiving;
      boolean stopped = false;
      try {
        used.send(ByteBuffer.wrap(head));
        while (!receiving.done()) {
          if (isCancelled() && !stopped) {
            stopped = true;
            receiving.stop();
          } else if (!used.receive(receiving)) {
            receiving.closed();
          }
        }
      } catch (IOException e) {
        broken(receiving, e);
      } catch (RuntimeException | Error e) {
        receiving.fail(parts.unexpected(request(), e));
        throw e;
      } finally {
        use(null);
        used.markReused();
        idle.release(used, receiving.done() && receiving.reusable());
        finish(receiving::tell);
      }
    }

    // The connection may have been closed in order to break the exchange off.
    private void broken(GetAnswer receiving, IOException e) {
      if (isCancelled()) {
        receiving.stop();
      }
      receiving.broken(String.valueOf(e.getMessage()), e);
    }

    @Override
    public boolean endAt(long bytes) {
      GetAnswer receiving = answer;
      return receiving != null && receiving.endAt(bytes);
    }

    /// What to close in order to break the exchange off.
    private synchronized void use(@Nullable SocketConnection used) {
      connection = used;
    }

    @Override
    synchronized void breakOff() {
      if (connection != null) {
        connection.close();
      }
    }

    @Override
    void shutAnswering() {
      breakOff();
    }

    @Override
    void stop() {
      GetAnswer receiving = answer;
      if (receiving != null && receiving.isWorthDraining()) {
        Future<?> _ =
            timer.schedule(
                this::breakOff, GetAnswer.DRAINED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
      } else {
        breakOff();
      }
    }
  }
}
