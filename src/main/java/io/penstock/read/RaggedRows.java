package io.penstock.read;

import io.penstock.error.PenstockException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.store.PendingTransfer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/// Where the samples of one ragged tensor lie and how large they are: read in blocks of rows of one
/// fragment, side by side, which are kept as long as they fit. One thread at a time.
final class RaggedRows {
  /// As many as a chunk of offsets holds.
  private static final long BLOCK_ROWS = 8192;

  /// Two million, which take about 20 bytes each.
  private static final long MOST_ROWS = 256 * BLOCK_ROWS;

  private final TensorReads reads;
  private final TensorSpec spec;
  private final VersionContent content;
  private final CatalogsAhead ahead;
  private final long[] firstBlock;
  private final LinkedHashMap<Long, Block> blocks = new LinkedHashMap<>(16, 0.75f, true);
  private long keptRows;
  private long foreseenRows;
  private long usedRows;

  /// @param content of the version
  /// @param ahead has blocks loaded
  RaggedRows(TensorReads reads, TensorSpec spec, VersionContent content, CatalogsAhead ahead) {
    this.reads = reads;
    this.spec = spec;
    this.content = content;
    this.ahead = ahead;
    this.firstBlock = new long[content.fragments().size() + 1];
    for (int f = 0; f < content.fragments().size(); f++) {
      FragmentEntry fragment = content.fragments().get(f);
      firstBlock[f + 1] = firstBlock[f] + Math.ceilDiv(fragment.rows(), BLOCK_ROWS);
    }
  }

  /// Some rows that lie one behind the other.
  private static final class Block {
    final long from;
    final long rows;
    final CompletableFuture<SampleTable> table;
    boolean foreseen;

    Block(long from, long rows, CompletableFuture<SampleTable> table) {
      this.from = from;
      this.rows = rows;
      this.table = table;
    }

    boolean has(long position) {
      return position >= from && position < from + rows;
    }

    boolean loaded() {
      return table.state() == CompletableFuture.State.SUCCESS;
    }
  }

  /// Begins to read what is missing for the tables of some rows. Does not block.
  void ask(long[] positions) {
    for (Block block : blocks(positions)) {
      if (!block.table.isDone() && !block.foreseen) {
        block.foreseen = true;
        foreseenRows += block.rows;
      }
    }
  }

  /// Whether more rows can be asked for without others being forgotten that were not used yet.
  boolean mayAsk() {
    return usedRows + foreseenRows < MOST_ROWS / 4 * 3;
  }

  /// Nobody will use the rows that were asked for.
  void forgetAsked() {
    foreseenRows = 0;
    blocks.values().forEach(block -> block.foreseen = false);
  }

  /// Whether the table of some rows is there.
  boolean knows(long[] positions) {
    for (Block block : blocks(positions)) {
      if (!block.loaded()) {
        return false;
      }
    }
    return true;
  }

  /// The table of some rows of the version, in their order. Blocks if it has to read; blocks that
  /// are missing are read side by side.
  ///
  /// @throws PenstockException if entries of these very rows cannot be read
  SampleTable table(long[] positions) {
    Block[] ofRows = blocks(positions);
    Set<Block> distinct = new LinkedHashSet<>(Arrays.asList(ofRows));
    usedRows = 0;
    for (Block block : distinct) {
      usedRows += block.rows;
      foreseenRows -= block.foreseen ? block.rows : 0;
      block.foreseen = false;
    }
    try {
      distinct.forEach(block -> PendingTransfer.await(block.table, "read entries"));
    } catch (PenstockException e) {
      // Damage of other samples must not fail these; what failed is tried again by the next ones.
      blocks.values().removeIf(block -> distinct.contains(block) && !block.loaded());
      keptRows = blocks.values().stream().mapToLong(block -> block.rows).sum();
      return SampleTable.load(reads, spec, positions, true);
    }
    trim();
    SampleTable[] tables = new SampleTable[positions.length];
    int[] places = new int[positions.length];
    for (int i = 0; i < positions.length; i++) {
      tables[i] = ofRows[i].table.resultNow();
      places[i] = (int) (positions[i] - ofRows[i].from);
    }
    return SampleTable.gather(spec, tables, places);
  }

  /// The block of each row; what is missing is begun to be read.
  private Block[] blocks(long[] positions) {
    Block[] found = new Block[positions.length];
    Block last = null;
    for (int i = 0; i < positions.length; i++) {
      if (last == null || !last.has(positions[i])) {
        last = block(positions[i]);
      }
      found[i] = last;
    }
    return found;
  }

  private Block block(long position) {
    int fragment = content.fragmentAt(position);
    long number = (position - content.firstRow(fragment)) / BLOCK_ROWS;
    return blocks.computeIfAbsent(
        firstBlock[fragment] + number,
        _ -> {
          long from = content.firstRow(fragment) + number * BLOCK_ROWS;
          long to = Math.min(content.firstRow(fragment + 1), from + BLOCK_ROWS);
          keptRows += to - from;
          return new Block(from, to - from, ahead.load(() -> load(from, to)));
        });
  }

  private SampleTable load(long from, long to) {
    return SampleTable.load(reads, spec, LongStream.range(from, to).toArray(), true);
  }

  private void trim() {
    Iterator<Block> oldest = blocks.values().iterator();
    while (keptRows > MOST_ROWS && oldest.hasNext()) {
      keptRows -= oldest.next().rows;
      oldest.remove();
    }
  }
}
