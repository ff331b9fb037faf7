package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.StoreChecks;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Sends ranged GETs and lands their bodies. Knows nothing of retries, hedges and limits: each
/// exchange is one request on one connection. Thread-safe.
///
/// A transport gives up an attempt to connect in its own time; how long an answer may be silent is
/// for whoever started the exchange to decide, by cancelling it.
interface GetTransport extends AutoCloseable {
  /// Starts one request. Never blocks, and never calls the sink before it returns, except that a
  /// closed transport ends the exchange at once with [GetEnd.Failed] and `CLOSED`.
  Exchange start(GetRequest request, GetSink sink);

  /// Breaks off everything under way: an exchange ends with [GetEnd.Failed] and `CLOSED`, or as was
  /// on its way, but never with [GetEnd.Broken]. Returns when every exchange has ended, so when
  /// nobody touches lent memory any more; takes well under two seconds. May be called from
  /// [GetSink#ended], of which it does not wait for the end; not from the sink's other calls.
  @Override
  void close();

  /// What the transports of one bucket share.
  ///
  /// @param address where requests go
  /// @param head makes requests
  /// @param signer made them out in somebody's name
  /// @param addresses those of the host
  /// @param failures what becomes of network trouble
  /// @param nanoTime a clock that never goes back
  /// @param connectPatience how long a connection may take to be made
  /// @param store named in messages
  record Parts(
      BucketAddress address,
      RequestHead head,
      RequestSigner signer,
      Addresses addresses,
      S3Failures failures,
      LongSupplier nanoTime,
      Duration connectPatience,
      URI store) {
    RefusedException closed() {
      return StoreChecks.closed(store);
    }

    /// What a mistake of ours, or of the sink's, becomes.
    RefusedException unexpected(GetRequest request, Throwable e) {
      return new RefusedException(ErrorCode.INTERNAL, "read " + request.key() + ": " + e, e);
    }
  }

  /// One request under way. Thread-safe.
  interface Exchange {
    /// Asks the exchange to stop; no effect after its end. The end comes soon, also when the server
    /// is silent: [GetEnd.Cancelled], or another one that was on its way. What is left of an answer
    /// is received and thrown away when that is less work than a new connection, without holding up
    /// the end for long.
    void cancel();

    /// The address that the request goes to, as soon as that is decided; so that another request
    /// can avoid it.
    default Optional<InetSocketAddress> address() {
      return Optional.empty();
    }

    /// Asks that the answer be received up to an earlier end, so that another exchange may land
    /// what is behind it: from the moment that this returns true, no byte behind that end is
    /// landed, and the exchange ends with [GetEnd.Whole] when those before it have come.
    ///
    /// @param bytes where it shall end, counted from the start of the request's range
    /// @return false, with no effect, when bytes behind it have landed or may be landing already,
    ///   when the exchange is over, or when the transport cannot do this
    default boolean endAt(long bytes) {
      return false;
    }
  }
}
