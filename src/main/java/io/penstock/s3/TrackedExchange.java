package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.StoreChecks;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An exchange as its transport sees it. Thread-safe.
abstract class TrackedExchange implements GetTransport.Exchange {
  // Until an exchange has its connection it touches no memory, so it is ended from outside at once,
  // whatever it waits for: a name, credentials, a connection. From then on only the thread that
  // receives tells its end.

  private enum Phase {
    STARTING,
    ANSWERING,
    ENDED
  }

  private final GetRequest request;
  private final GetSink sink;
  private final OpenExchanges all;
  private final URI store;
  private Phase phase = Phase.STARTING;
  private boolean cancelled;
  private int stillOpen = 2; // its end, and the connection
  private volatile @Nullable InetSocketAddress address;
  private volatile @Nullable Thread teller;

  TrackedExchange(GetRequest request, GetSink sink, OpenExchanges all, URI store) {
    this.request = request;
    this.sink = new Told(sink);
    this.all = all;
    this.store = store;
  }

  /// The sink, and who is telling it the end: from there the whole transport may be closed.
  private final class Told implements GetSink {
    private final GetSink sink;

    Told(GetSink sink) {
      this.sink = sink;
    }

    @Override
    public Optional<List<Landing.Slice>> begin(ObjectInfo info, InetSocketAddress from) {
      return sink.begin(info, from);
    }

    @Override
    public void progressed(long bytes) {
      sink.progressed(bytes);
    }

    @Override
    public void ended(GetEnd end) {
      // What breaks while the transport is being closed may well break because of that.
      GetEnd how = end instanceof GetEnd.Broken && all.isClosed() ? closed() : end;
      all.tell(() -> {
        teller = Thread.currentThread();
        try {
          sink.ended(how);
        } finally {
          teller = null;
          oneLessOpen();
        }
      });
    }
  }

  /// Whether the calling thread is just telling this exchange's end, and the exchange touches no
  /// lent memory any more, so that whoever is told need not wait for it.
  boolean isBeingToldHere() {
    return Thread.currentThread().equals(teller);
  }

  GetRequest request() {
    return request;
  }

  GetSink sink() {
    return sink;
  }

  /// Whether the exchange may go on to use a connection; if so, its owner tells its end and calls
  /// [#finish].
  boolean enter(InetSocketAddress to) {
    address = to;
    synchronized (this) {
      boolean starting = phase == Phase.STARTING;
      if (starting) {
        phase = Phase.ANSWERING;
      }
      return starting;
    }
  }

  /// Notes where the request will go.
  void headFor(InetSocketAddress to) {
    address = to;
  }

  /// The answer is done, and its connection is given back.
  ///
  /// @param telling tells the end
  void finish(Runnable telling) {
    synchronized (this) {
      phase = Phase.ENDED;
    }
    try {
      telling.run();
    } finally {
      oneLessOpen();
    }
  }

  /// Its end is told, or it uses no connection any more; over when both are so.
  private void oneLessOpen() {
    synchronized (this) {
      stillOpen--;
      if (stillOpen > 0) {
        return;
      }
    }
    all.over(this);
  }

  /// Tells the end of an exchange that has no connection, unless it was told.
  void endEarly(GetEnd end) {
    if (endsEarly()) {
      tell(all.isClosed() ? closed() : end);
    }
  }

  /// How an exchange ends that outlives its transport.
  GetEnd closed() {
    return new GetEnd.Failed(StoreChecks.closed(store));
  }

  private synchronized boolean endsEarly() {
    boolean early = phase == Phase.STARTING;
    if (early) {
      phase = Phase.ENDED;
    }
    return early;
  }

  private void tell(GetEnd end) {
    try {
      sink.ended(end);
    } finally {
      oneLessOpen();
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /// Whether somebody ends it, or has ended it, so that nothing more need be begun for it.
  boolean isGivenUp() {
    return isCancelled() || all.isClosed();
  }

  @Override
  public Optional<InetSocketAddress> address() {
    return Optional.ofNullable(address);
  }

  @Override
  public void cancel() {
    synchronized (this) {
      if (cancelled || phase == Phase.ENDED) {
        return;
      }
      cancelled = true;
    }
    if (endsEarly()) {
      breakOff();
      all.elsewhere(() -> tell(new GetEnd.Cancelled()));
    } else {
      stop();
    }
  }

  /// The transport is closed.
  void shut() {
    if (endsEarly()) {
      breakOff();
      tell(closed());
    } else if (isAnswering()) {
      shutAnswering();
    }
  }

  private synchronized boolean isAnswering() {
    return phase == Phase.ANSWERING;
  }

  /// Stops an exchange that has a connection, because it was cancelled.
  abstract void stop();

  /// Ends an exchange that has a connection, because the transport is closed, perhaps by one of its
  /// own threads.
  abstract void shutAnswering();

  /// Closes the connection that the exchange is making, if there is one.
  abstract void breakOff();
}
