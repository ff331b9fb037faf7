package io.penstock.read;

import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.read.TensorReads.SampleRun;
import io.penstock.tensor.BoxCopy;
import io.penstock.tensor.Region;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Plans for runs of samples of fixed-shape tensors, and of the arrays of a ragged tensor whose
/// rows are samples. Loads the catalogs it needs; else pure.
final class FixedPlan {
  private FixedPlan() {}

  /// What plans are made from.
  record Source(VersionContent content, StoredTensors tensors) {}

  /// A plan for a box of some samples.
  ///
  /// @param region the box, of which axis 0 is replaced by the runs
  static ReadPlan plan(
      Source source, TensorSpec spec, List<SampleRun> runs, Region region, RangeRules rules) {
    ReadPlanner planner = new ReadPlanner(rules);
    add(planner, source, spec, runs, region);
    return planner.plan();
  }

  /// Wants a box of some samples.
  static void add(
      ReadPlanner planner, Source source, TensorSpec spec, List<SampleRun> runs, Region region) {
    long[] strides = BoxCopy.strides(region.shape().toArray(), spec.type().byteCount());
    for (Part part : parts(source, spec.name(), runs)) {
      switch (part.tensor()) {
        case StoredTensor.Fixed fixed -> planner.add(fixed.array(), part.box(region, strides));
        case StoredTensor.Ragged _ ->
            throw new AssertionError("fixed in the schema, ragged in a layout: " + spec.name());
      }
    }
  }

  /// The part of a run that lies in one fragment.
  ///
  /// @param row first row in the fragment
  /// @param run what of the run it is
  record Part(StoredTensor tensor, long row, SampleRun run) {
    ReadPlanner.Box box(Region region, long[] strides) {
      long[] origin = region.origin().toArray();
      long[] extent = region.shape().toArray();
      origin[0] = row;
      extent[0] = run.count();
      return new ReadPlanner.Box(origin, extent, run.target(), run.row() * strides[0], strides);
    }
  }

  /// The parts of some runs, fragment by fragment, catalogs loaded side by side.
  static List<Part> parts(Source source, String tensor, List<SampleRun> runs) {
    List<SampleRun> cut = new ArrayList<>();
    List<Integer> fragments = new ArrayList<>();
    VersionContent content = source.content();
    for (SampleRun run : runs) {
      for (long done = 0; done < run.count(); ) {
        int fragment = content.fragmentAt(run.from() + done);
        long from = run.from() + done;
        long count = Math.min(content.firstRow(fragment + 1) - from, run.count() - done);
        cut.add(new SampleRun(from, count, run.target(), run.row() + done));
        fragments.add(fragment);
        done += count;
      }
    }
    Set<Integer> distinct = new LinkedHashSet<>(fragments);
    List<StoredTensors.Key> keys =
        distinct.stream().map(each -> new StoredTensors.Key(each, tensor)).toList();
    Map<Integer, StoredTensor> loaded = new HashMap<>();
    List<StoredTensor> stored = source.tensors().get(keys);
    for (int i = 0; i < keys.size(); i++) {
      loaded.put(keys.get(i).fragment(), stored.get(i));
    }
    List<Part> parts = new ArrayList<>(cut.size());
    for (int i = 0; i < cut.size(); i++) {
      int fragment = fragments.get(i);
      long row = cut.get(i).from() - content.firstRow(fragment);
      parts.add(new Part(Objects.requireNonNull(loaded.get(fragment)), row, cut.get(i)));
    }
    return parts;
  }
}
