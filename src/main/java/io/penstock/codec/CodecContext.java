package io.penstock.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What one thread needs to run codecs: compression contexts and scratch memory, kept between
/// chunks. Confined to one thread at a time; never share one. Close it to free native memory; after
/// that it cannot be used.
public final class CodecContext implements AutoCloseable {
  /*
   * Scratch is needed only by chains that have more than one step which writes its output anew; two
   * buffers take turns. They are never handed out, so growing may free the old one. Their arenas are
   * shared ones because a context may pass from thread to thread; they are opened and closed only
   * when a buffer grows.
   */
  private final Map<Class<?>, AutoCloseable> residents = new HashMap<>();
  private final Scratch[] scratch = {new Scratch(), new Scratch()};
  private boolean closed;

  /// A context that allocates on first use and grows to the largest need.
  public CodecContext() {}

  /// The one instance of `kind` that lives in this context, made on first use and closed with the
  /// context: for codecs that keep native state between chunks. It stays the context's own.
  public <T extends AutoCloseable> T resident(Class<T> kind, Supplier<? extends T> make) {
    checkOpen();
    AutoCloseable known = residents.get(kind);
    if (known == null) {
      T made = make.get();
      residents.put(kind, made);
      return made;
    }
    return kind.cast(known);
  }

  /// One of two scratch buffers, cut to `bytes`; what was in it before is undefined. Valid until
  /// the same one is asked for again.
  MemorySegment scratch(int which, long bytes) {
    checkOpen();
    return scratch[which].atLeast(bytes).asSlice(0, bytes);
  }

  /// Native bytes that this context keeps as scratch memory now.
  public long scratchBytes() {
    return scratch[0].memory.byteSize() + scratch[1].memory.byteSize();
  }

  /// Frees all that the context holds. Idempotent.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<AutoCloseable> open = new ArrayList<>(residents.values());
    open.add(scratch[0]);
    open.add(scratch[1]);
    residents.clear();
    closeAll(open);
  }

  private static void closeAll(List<AutoCloseable> open) {
    RuntimeException first = null;
    for (AutoCloseable each : open) {
      try {
        each.close();
      } catch (Exception e) {
        if (first == null) {
          first = new IllegalStateException("closing " + each.getClass().getName(), e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("codec context is closed");
    }
  }

  /// A native buffer that only grows.
  private static final class Scratch implements AutoCloseable {
    private static final long ALIGNMENT_BYTES = 64;

    private @Nullable Arena arena;
    private MemorySegment memory = MemorySegment.NULL;

    MemorySegment atLeast(long bytes) {
      if (memory.byteSize() < bytes) {
        close();
        Arena larger = Arena.ofShared();
        arena = larger;
        memory = larger.allocate(bytes, ALIGNMENT_BYTES);
      }
      return memory;
    }

    @Override
    public void close() {
      memory = MemorySegment.NULL;
      if (arena != null) {
        arena.close();
        arena = null;
      }
    }
  }
}
