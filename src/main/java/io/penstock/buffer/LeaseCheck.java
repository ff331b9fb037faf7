package io.penstock.buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What checked mode adds to one lease: an arena of its own, so that a segment that outlives the
/// lease throws; poison before and after; a canary behind it; the place where it was taken.
final class LeaseCheck {
  private static final byte POISON = (byte) 0xA5;
  private static final byte CANARY = (byte) 0xC9;
  private static final long MAX_CANARY_BYTES = 4096;

  private final Arena arena = Arena.ofShared();
  private final Throwable site = new Throwable("leased here, by " + Thread.currentThread());
  private final MemorySegment memory;
  private final MemorySegment canary;
  private final MemorySegment segment;

  @SuppressWarnings("restricted")
  LeaseCheck(MemorySegment slot, long bytes) {
    this.memory = slot.asSlice(0, bytes);
    this.canary = slot.asSlice(bytes, Math.min(MAX_CANARY_BYTES, slot.byteSize() - bytes));
    memory.fill(POISON);
    canary.fill(CANARY);
    this.segment = memory.reinterpret(arena, null);
  }

  MemorySegment segment() {
    return segment;
  }

  Throwable site() {
    return site;
  }

  void close() {
    arena.close();
    memory.fill(POISON);
    for (long i = 0; i < canary.byteSize(); i++) {
      if (canary.get(ValueLayout.JAVA_BYTE, i) != CANARY) {
        throw new IllegalStateException(
            "somebody wrote " + (i + 1) + " bytes behind a lease of " + memory.byteSize(), site);
      }
    }
  }
}
