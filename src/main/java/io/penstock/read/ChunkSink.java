package io.penstock.read;

import io.penstock.error.PenstockException;
import java.lang.foreign.MemorySegment;

/// What becomes of one chunk that is fetched. Exactly one of [#decoded] and [#failed] is called,
/// once, on a codec thread or a thread of the store's; both are short and do not throw.
interface ChunkSink {
  /// Whether anybody still wants the chunk; if not, it fails without being decoded.
  boolean wanted();

  /// Where to decode it: native, exactly the decoded bytes, kept until the sink is called.
  MemorySegment target();

  /// The target is filled. The sink copies what it needs and returns its memory.
  void decoded();

  /// The chunk could not be read; the failure is in its place. The sink returns its memory.
  void failed(PenstockException failure);
}
