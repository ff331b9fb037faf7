package io.penstock.write;

import io.penstock.codec.CodecContext;
import io.penstock.codec.CodecThreads;
import java.util.Optional;

/// The step of the writing line that turns chunks into their encoded bytes, on the codec threads,
/// several at once and in any order. Thread-safe.
final class EncodeStage {
  /// Chunks that may be under way for each codec thread, so that none waits for the thread that
  /// appends: one that is encoded, and some that lie ready.
  private static final int CHUNKS_PER_THREAD = 4;

  /// Small chunks may be under way beyond that up to so many decoded bytes.
  private static final long AHEAD_BYTES = 8L << 20;

  private final Monitor monitor;
  private final CodecThreads threads;
  private final Workspace.Stock encoded;
  private int chunksUnderWay;
  private long bytesUnderWay;

  /// @param encoded buffers for the largest encoded chunk
  EncodeStage(Monitor monitor, CodecThreads threads, Workspace.Stock encoded) {
    this.monitor = monitor;
    this.threads = threads;
    this.encoded = encoded;
  }

  /// A buffer for an encoded chunk, if there is one and another chunk may get under way. The caller
  /// holds the monitor.
  Optional<Workspace.Buffer> tryAdmit(ArrayPlan plan) {
    long chunkBytes = plan.chunkBytes();
    boolean ahead =
        chunksUnderWay >= CHUNKS_PER_THREAD * threads.count()
            && bytesUnderWay + chunkBytes > AHEAD_BYTES;
    if (ahead) {
      return Optional.empty();
    }
    Optional<Workspace.Buffer> buffer = encoded.tryTake(plan.codec().maxEncodedBytes());
    if (buffer.isPresent()) {
      chunksUnderWay++;
      bytesUnderWay += chunkBytes;
    }
    return buffer;
  }

  /// Encodes a chunk that was admitted and delivers it to its shard. Takes ownership of `chunk`.
  void submit(ArrayPlan plan, Workspace.Buffer chunk, ShardPacker.Place place) {
    try {
      threads.submit(context -> encode(plan, chunk, place, context));
    } catch (RuntimeException e) {
      end(plan.chunkBytes());
      throw e;
    }
  }

  private void encode(
      ArrayPlan plan, Workspace.Buffer chunk, ShardPacker.Place place, CodecContext context) {
    try {
      if (!monitor.failed()) {
        long bytes = plan.codec().encode(chunk.segment(), place.encoded().segment(), context);
        chunk.release();
        place.shard().deliver(place, bytes);
      }
    } catch (RuntimeException | Error e) {
      monitor.fail(e);
    } finally {
      end(plan.chunkBytes());
    }
  }

  private void end(long chunkBytes) {
    monitor.update(() -> {
      chunksUnderWay--;
      bytesUnderWay -= chunkBytes;
    });
  }

  /// Waits until all chunks are encoded and packed. Throws the first failure.
  void join() {
    monitor.await(() -> chunksUnderWay == 0 ? Optional.of(true) : Optional.empty());
  }

  /// Waits until no codec thread works for this writer any more.
  void awaitIdle() {
    monitor.awaitUninterruptibly(() -> chunksUnderWay == 0);
  }
}
