package io.penstock.s3;

import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreCounts;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Ranged reads over a transport: the line, and the thread that looks after it.
final class TransportReads implements AutoCloseable {
  // The transfers that the options allow fill a usual network when all is well; when each request
  // is slow, more of them do, and how many are worth it the line finds out.
  private static final int CEILING_FACTOR = 4;

  private final ScheduledThreadPoolExecutor watch =
      new ScheduledThreadPoolExecutor(
          1,
          Thread.ofPlatform().daemon().name("penstock-s3-watch").factory(),
          new ThreadPoolExecutor.DiscardPolicy()); // nothing is to be watched after the end
  private final GetLine line;

  /// @param transport owned
  TransportReads(S3Bucket bucket, GetTransport transport) {
    this.line =
        new GetLine(
            transport,
            Math.multiplyExact(CEILING_FACTOR, bucket.options().mostTransfers()),
            bucket.options(),
            bucket.failures(),
            new GetLine.Parts(
                bucket.parts().nanoTime(), bucket.parts().random(), this::in, new HedgeBudget()));
  }

  private void in(Duration delay, Runnable task) {
    Future<?> _ = watch.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Reads a range, as [io.penstock.store.Store#read].
  CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return line.read(request, landing);
  }

  /// The next read of these bytes goes to another address, if there is one.
  void distrust(String key, ByteRange range) {
    line.distrust(key, range);
  }

  /// What they have repeated so far.
  StoreCounts counts() {
    return line.counts();
  }

  /// Breaks reads off; returns when no lent memory is touched any more.
  @Override
  public void close() {
    line.close();
    watch.shutdownNow();
  }
}
