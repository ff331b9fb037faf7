package io.penstock.write;

import io.penstock.codec.ShardIndex;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.Digest;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// One shard in the making: chunks come encoded, in any order, and go into parts, in their order,
/// while the digest of the whole is computed; the index goes behind them. Thread-safe, but chunks
/// are admitted and the end is told by one thread.
final class ShardPacker {
  /*
   * A chunk is admitted only when the parts that the shard holds have room for it, taking every chunk
   * that is under way at its largest. So whoever packs never waits for memory. Room for the index is
   * kept in every part, and no chunk is cut in two; a part that has no room for another chunk is
   * sent, and is long enough for that by the size of its buffer. A part begins in its buffer where
   * its place in the shard has it stand in a block: that saves a store of files a copy.
   *
   * Packing (copy, digest) is done by whichever codec thread delivers the chunk that is next, and it
   * goes on while the chunk after that is there; the others just leave theirs. `packing` marks that
   * somebody is at it: the fields of the part in the making belong to that thread, and pass to the
   * next one through the monitor.
   */
  private final Monitor monitor;
  private final ArrayPlan plan;
  private final Workspace.Stock parts;
  private final ShardUpload upload;
  private final int[] lengths;

  // Guarded by the monitor.
  private final Map<Integer, Encoded> ready = new HashMap<>();
  private final ArrayDeque<Workspace.Buffer> granted = new ArrayDeque<>();
  private int admitted;
  private int packed;
  private int total;
  private boolean packing;
  private long partFrom;
  private long filledTo;
  private Optional<Workspace.Buffer> part = Optional.empty();
  private Optional<ArrayCatalog.Shard> result = Optional.empty();

  // Belongs to whoever packs.
  private final MessageDigest sha256 = Digest.newSha256();
  private final ShardIndex.Builder index;
  private long shardBytes;

  ShardPacker(Monitor monitor, ArrayPlan plan, Workspace.Stock parts, ShardUpload upload) {
    this.monitor = monitor;
    this.plan = plan;
    this.parts = parts;
    this.upload = upload;
    this.lengths = new int[plan.layout().chunksPerShard()];
    this.total = lengths.length;
    this.index = ShardIndex.builder(lengths.length);
  }

  /// The place of one chunk in its shard, and the buffer for its encoded bytes.
  record Place(ShardPacker shard, int chunk, Workspace.Buffer encoded) {}

  /// What comes next for whoever packs.
  private sealed interface Step {}

  private record Encoded(Workspace.Buffer buffer, long bytes) implements Step {}

  private record Finish() implements Step {}

  private record Pause() implements Step {}

  /// A place for the next chunk, if there is memory for all that follows from it now. The caller
  /// holds the monitor.
  Optional<Place> tryAdmit(EncodeStage stage) {
    if (!hasRoom()) {
      Optional<Workspace.Buffer> fresh = parts.tryTake();
      fresh.ifPresent(granted::add);
      if (fresh.isEmpty()) {
        sendFullPart();
        return Optional.empty();
      }
    }
    Optional<Place> place = stage.tryAdmit(plan).map(buffer -> new Place(this, admitted, buffer));
    if (place.isPresent()) {
      admitted++;
    }
    return place;
  }

  private boolean hasRoom() {
    long room = part.map(buffer -> chunksThatFit(buffer, filledTo)).orElse(0L);
    for (Workspace.Buffer buffer : granted) {
      room += chunksThatFit(buffer, Upload.BLOCK_BYTES - 1);
    }
    return room > admitted - packed;
  }

  private long chunksThatFit(Workspace.Buffer buffer, long filled) {
    long free = buffer.segment().byteSize() - plan.indexBytes() - filled;
    return free / plan.codec().maxEncodedBytes();
  }

  /// Sends the part in the making when nothing else can free its memory: nothing is under way that
  /// would find out that it is full.
  private void sendFullPart() {
    if (part.isPresent() && !packing && admitted == packed) {
      send(false);
    }
  }

  /// Whether every place of the shard has been given away.
  boolean full() {
    return admitted == lengths.length;
  }

  /// How many chunks have been admitted.
  int chunks() {
    return admitted;
  }

  /// Says that no further chunk will be admitted; not for a shard that is full.
  void end() {
    boolean mine =
        monitor.locked(() -> {
          total = admitted;
          return startPacking();
        });
    if (mine) {
      packAll();
    }
  }

  /// Takes an encoded chunk, and packs what is next as far as it is there.
  void deliver(Place place, long bytes) {
    boolean mine =
        monitor.locked(() -> {
          ready.put(place.chunk, new Encoded(place.encoded, bytes));
          return startPacking();
        });
    if (mine) {
      packAll();
    }
  }

  private boolean startPacking() {
    boolean free = !packing;
    packing = true;
    return free;
  }

  private void packAll() {
    while (true) {
      switch (monitor.locked(this::nextStep)) {
        case Encoded chunk -> pack(chunk);
        case Finish _ -> {
          finish();
          return;
        }
        case Pause _ -> {
          return;
        }
      }
    }
  }

  private Step nextStep() {
    if (!monitor.failed() && packed == total) {
      return new Finish();
    }
    Encoded chunk = monitor.failed() ? null : ready.remove(packed);
    if (chunk == null) {
      packing = false;
      return new Pause();
    }
    return chunk;
  }

  private void pack(Encoded chunk) {
    Workspace.Buffer target = monitor.locked(this::partWithRoom);
    append(target, chunk.buffer.segment().asSlice(0, chunk.bytes));
    chunk.buffer.release();
    monitor.update(() -> {
      index.put(packed, shardBytes - chunk.bytes, chunk.bytes);
      lengths[packed] = Math.toIntExact(chunk.bytes);
      packed++;
    });
  }

  private Workspace.Buffer partWithRoom() {
    if (part.isPresent() && chunksThatFit(part.get(), filledTo) == 0) {
      send(false);
    }
    if (part.isEmpty()) {
      part = Optional.of(granted.remove());
      partFrom = shardBytes % Upload.BLOCK_BYTES;
      filledTo = partFrom;
    }
    return part.get();
  }

  private void append(Workspace.Buffer target, MemorySegment bytes) {
    MemorySegment slice = target.segment().asSlice(filledTo, bytes.byteSize());
    slice.copyFrom(bytes);
    digest(slice);
  }

  /// Counts bytes that stand in the part now.
  private void digest(MemorySegment slice) {
    sha256.update(slice.asByteBuffer());
    shardBytes += slice.byteSize();
    monitor.locked(() -> filledTo += slice.byteSize());
  }

  private void finish() {
    Workspace.Buffer last = part.orElseThrow();
    MemorySegment tail = last.segment().asSlice(filledTo, plan.indexBytes());
    index.build().encode(ArrayPlan.INDEX_CODECS, tail);
    digest(tail);
    ArrayCatalog.Shard shard = new ArrayCatalog.Shard(shardBytes, Digest.of(sha256.digest()));
    monitor.update(() -> {
      send(true);
      result = Optional.of(shard);
    });
    for (Workspace.Buffer unused : granted) {
      unused.release();
    }
    granted.clear();
  }

  private void send(boolean last) {
    upload.add(part.orElseThrow(), partFrom, filledTo, last);
    part = Optional.empty();
  }

  /// Length and digest; only after its upload has ended.
  ArrayCatalog.Shard shard() {
    return monitor.locked(result::orElseThrow);
  }

  /// Stored bytes of each chunk, 0 for those that are not there; only after its upload has ended.
  int[] lengths() {
    return lengths;
  }
}
