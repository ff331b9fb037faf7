package io.penstock;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.RowSelection;
import io.penstock.load.SampleSpace;
import io.penstock.load.Split;
import io.penstock.tensor.Region;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// What samples of a view must meet. Immutable.
sealed interface Condition {
  /// Takes away the rows of a version that do not meet it. May block and do I/O.
  void apply(Version version, RowSelection rows);

  /// The rows of a version that meet all conditions. Conditions without I/O go first, so that less
  /// is read for the others.
  static SampleSpace all(Version version, List<Condition> conditions) {
    SampleSpace space = version.space();
    if (conditions.isEmpty()) {
      return space;
    }
    RowSelection rows = RowSelection.all(space);
    conditions.stream()
        .sorted(Comparator.comparing(condition -> condition instanceof Where))
        .forEach(condition -> condition.apply(version, rows));
    return rows.space();
  }

  /// By the value of a tensor.
  ///
  /// @param test is `match` for the tensor's type
  record Where(TensorSpec tensor, Match match, ColumnTest test) implements Condition {
    /// Long enough for many chunks to be fetched side by side.
    private static final long BLOCK_BYTES = 4L << 20;

    @Override
    public void apply(Version version, RowSelection rows) {
      BufferPool pool = version.pool();
      long bytes = tensor.type().byteCount();
      long most = Math.max(1, Math.min(BLOCK_BYTES, pool.budgetBytes() / 16) / bytes);
      long block = Math.min(most, version.samples());
      if (block == 0) {
        return;
      }
      try (Lease lease = pool.lease(block * bytes)) {
        for (long from = 0; from < version.samples(); from += block) {
          long first = from;
          long end = Math.min(version.samples(), from + block);
          if (rows.containsAny(first, end)) {
            MemorySegment values = lease.segment().asSlice(0, (end - first) * bytes);
            version
                .engine()
                .read(tensor.name(), Region.samples(first, end, tensor.sampleShape()), values);
            rows.retain(first, end, row -> test.test(values, row - first));
          }
        }
      }
    }

    @Override
    public String toString() {
      return tensor.name() + " " + match;
    }
  }

  /// By a hash of the sample id.
  record InSplit(Split split) implements Condition {
    @Override
    public void apply(Version version, RowSelection rows) {
      VersionContent content = version.content();
      for (int f = 0; f < content.fragments().size(); f++) {
        long toId = content.fragments().get(f).firstSampleId() - content.firstRow(f);
        rows.retain(
            content.firstRow(f), content.firstRow(f + 1), row -> split.contains(row + toId));
      }
    }

    @Override
    public String toString() {
      return split.toString();
    }
  }

  /// By the sample id.
  final class Ids implements Condition {
    private final long[] ids;
    private final boolean wanted;

    /// @param ids copied
    /// @param wanted whether samples shall have one of these, or none of them
    Ids(long[] ids, boolean wanted) {
      this.ids = ids.clone();
      this.wanted = wanted;
      Arrays.sort(this.ids);
    }

    @Override
    public void apply(Version version, RowSelection rows) {
      RowSelection named = RowSelection.none(version.space());
      VersionContent content = version.content();
      int[] byId = fragmentsById(content.fragments());
      int at = 0;
      for (long id : ids) {
        while (at < byId.length && id >= endOfIds(content.fragments().get(byId[at]))) {
          at++;
        }
        if (at == byId.length || id < content.fragments().get(byId[at]).firstSampleId()) {
          throw new NotFoundException(
              ErrorCode.SAMPLE_NOT_FOUND, version + " has no sample with the id " + id);
        }
        FragmentEntry fragment = content.fragments().get(byId[at]);
        long row = content.firstRow(byId[at]) + id - fragment.firstSampleId();
        named.add(row, row + 1);
      }
      if (wanted) {
        rows.retainAll(named);
      } else {
        rows.removeAll(named);
      }
    }

    /// Indexes of the fragments that have samples, in the order of their ids.
    private static int[] fragmentsById(List<FragmentEntry> fragments) {
      return java.util.stream.IntStream.range(0, fragments.size())
          .filter(f -> fragments.get(f).rows() > 0)
          .boxed()
          .sorted(Comparator.comparingLong(f -> fragments.get(f).firstSampleId()))
          .mapToInt(Integer::intValue)
          .toArray();
    }

    private static long endOfIds(FragmentEntry fragment) {
      return fragment.firstSampleId() + fragment.rows();
    }

    @Override
    public String toString() {
      return "the id is " + (wanted ? "one" : "none") + " of " + ids.length;
    }
  }
}
