package io.penstock.read;

import io.penstock.error.PenstockException;
import io.penstock.format.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;

/// Where the samples of one ragged tensor lie and how large they are: read in blocks of rows, which
/// are kept as long as they fit. One thread at a time.
final class RaggedRows {
  /// As many as a chunk of offsets holds.
  private static final long BLOCK_ROWS = 8192;

  /// About 100 KB each: enough for two million samples.
  private static final int MOST_BLOCKS = 256;

  private final TensorReads reads;
  private final TensorSpec spec;
  private final long rows;
  private final LinkedHashMap<Long, SampleTable> blocks = new LinkedHashMap<>(16, 0.75f, true);

  /// @param rows of the version
  RaggedRows(TensorReads reads, TensorSpec spec, long rows) {
    this.reads = reads;
    this.spec = spec;
    this.rows = rows;
  }

  /// The table of some rows of the version, in their order. Blocks if it has to read; blocks that
  /// are missing are read side by side.
  ///
  /// @throws PenstockException if entries of these very rows cannot be read
  SampleTable table(long[] positions) {
    SampleTable[] tables = new SampleTable[positions.length];
    int[] places = new int[positions.length];
    Map<Long, SampleTable> found = new HashMap<>();
    try {
      Set<Long> missing = new LinkedHashSet<>();
      for (long position : positions) {
        long block = position / BLOCK_ROWS;
        SampleTable known = blocks.get(block);
        if (known != null) {
          found.put(block, known);
        } else {
          missing.add(block);
        }
      }
      List<Long> toLoad = new ArrayList<>(missing);
      List<SampleTable> loaded = toLoad.isEmpty() ? List.of() : FanOut.map(toLoad, this::load);
      for (int i = 0; i < toLoad.size(); i++) {
        found.put(toLoad.get(i), loaded.get(i));
        blocks.put(toLoad.get(i), loaded.get(i));
      }
    } catch (PenstockException e) {
      // Damage of other samples must not fail these.
      return SampleTable.load(reads, spec, positions, true);
    }
    Iterator<SampleTable> oldest = blocks.values().iterator();
    while (blocks.size() > MOST_BLOCKS && oldest.hasNext()) {
      oldest.next();
      oldest.remove();
    }
    for (int i = 0; i < positions.length; i++) {
      tables[i] = Objects.requireNonNull(found.get(positions[i] / BLOCK_ROWS));
      places[i] = (int) (positions[i] % BLOCK_ROWS);
    }
    return SampleTable.gather(spec, tables, places);
  }

  private SampleTable load(long block) {
    long from = block * BLOCK_ROWS;
    long to = Math.min(rows, from + BLOCK_ROWS);
    return SampleTable.load(reads, spec, LongStream.range(from, to).toArray(), true);
  }
}
