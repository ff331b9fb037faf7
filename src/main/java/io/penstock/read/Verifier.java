package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.Catalog;
import io.penstock.format.Digests;
import io.penstock.format.FragmentEntry;
import io.penstock.format.FragmentMetadata;
import io.penstock.format.LabelSketch;
import io.penstock.format.Layout;
import io.penstock.format.ObjectDigest;
import io.penstock.format.ObjectKeys;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.read.ReadEngine.Problem;
import io.penstock.read.ReadEngine.VerifySummary;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Checks everything that the fragments of a version consist of, and says what is damaged. One call
/// at a time.
final class Verifier {
  /*
   * Some fragments side by side, and the shards of each; the pool bounds what is in memory. Findings
   * are collected for each fragment and handed out in version order, so that they do not depend on
   * timing.
   */
  private static final int FRAGMENTS_AT_ONCE = 16;
  private static final long MAX_METADATA_BYTES = 16 << 20;

  private final Store store;
  private final VersionContent content;
  private final StoredTensors tensors;
  private final ShardCheck shards;

  Verifier(
      Store store,
      VersionContent content,
      BufferPool pool,
      CodecThreads threads,
      StoredTensors tensors,
      TensorReads reads) {
    this.store = store;
    this.content = content;
    this.tensors = tensors;
    this.shards = new ShardCheck(store, pool, threads, reads);
  }

  /// What was looked at, and what was found.
  record Report(long objects, long chunks, long bytes, List<Problem> problems) {
    static Report sum(List<Report> parts) {
      return new Report(
          parts.stream().mapToLong(Report::objects).sum(),
          parts.stream().mapToLong(Report::chunks).sum(),
          parts.stream().mapToLong(Report::bytes).sum(),
          parts.stream().flatMap(part -> part.problems.stream()).toList());
    }
  }

  /// Checks all fragments.
  ///
  /// @param share of the chunks to read and decode
  VerifySummary verify(double share, Consumer<Problem> problems) {
    long objects = 0;
    long chunks = 0;
    long bytes = 0;
    int count = content.fragments().size();
    for (int from = 0; from < count; from += FRAGMENTS_AT_ONCE) {
      List<Integer> some =
          IntStream.range(from, Math.min(count, from + FRAGMENTS_AT_ONCE)).boxed().toList();
      Report report = Report.sum(FanOut.map(some, fragment -> fragment(fragment, share)));
      report.problems().forEach(problems);
      objects += report.objects();
      chunks += report.chunks();
      bytes += report.bytes();
    }
    return new VerifySummary(objects, chunks, bytes);
  }

  private Report fragment(int index, double share) {
    FragmentEntry fragment = content.fragments().get(index);
    Layout layout = content.layout(fragment);
    List<ObjectDigest> digests = new ArrayList<>();
    List<Report> reports = new ArrayList<>();
    reports.add(metadata(fragment, layout, digests));
    boolean whole = reports.getFirst().problems().isEmpty();
    for (TensorLayout tensor : layout.tensors()) {
      Optional<Catalog> catalog = catalog(fragment, tensor.tensor(), reports);
      sketch(fragment, tensor.tensor(), reports);
      StoredTensor stored = tensors.get(new StoredTensors.Key(index, tensor.tensor()));
      List<StoredArray> arrays =
          switch (stored) {
            case StoredTensor.Fixed(StoredArray array) -> List.of(array);
            case StoredTensor.Ragged(
                    StoredArray values,
                    StoredArray offset,
                    StoredArray shape,
                    _) ->
                List.of(values, offset, shape);
          };
      ShardCheck.Rows rows =
          new ShardCheck.Rows(content.firstRow(index), content.firstRow(index + 1));
      for (int i = 0; i < arrays.size(); i++) {
        StoredArray array = arrays.get(i);
        int number = i;
        List<ArrayCatalog.Shard> expected =
            catalog.map(known -> known.arrays().get(number).shards()).orElse(List.of());
        addDigests(fragment, array, expected, digests);
        reports.add(shards.check(array, expected, rows, share));
      }
      whole &= catalog.isPresent();
    }
    if (whole && !Digests.fragment(digests).equals(fragment.digest())) {
      reports.add(
          metadataProblem(
              fragment.id(), "the fragment's digest is not the one that its version records"));
    }
    return Report.sum(reports);
  }

  /// Compares the `zarr.json`s with their digest; if that differs, with what they must say.
  private Report metadata(FragmentEntry fragment, Layout layout, List<ObjectDigest> digests) {
    Map<String, byte[]> expected =
        FragmentMetadata.of(content.schema(), layout, fragment.rows(), fragment.extents()).encode();
    List<Report> reports = new ArrayList<>();
    List<Report> differing = new ArrayList<>();
    List<ObjectDigest> stored = new ArrayList<>();
    expected.forEach((path, content) -> {
      String key = fragment.id() + "/" + path;
      Optional<StoredObject> object = store.get(key, MAX_METADATA_BYTES);
      byte[] found = object.map(StoredObject::content).orElse(new byte[0]);
      reports.add(new Report(1, 0, found.length, List.of()));
      if (object.isPresent()) {
        stored.add(ObjectDigest.of(path, found));
      }
      if (!Arrays.equals(found, content)) {
        String what = object.isPresent() ? "the object is damaged" : "the object is missing";
        differing.add(metadataProblem(key, what + "; " + affected(fragment, path)));
      }
    });
    digests.addAll(stored);
    boolean whole =
        stored.size() == expected.size()
            && Digests.fragment(stored).equals(fragment.metadataDigest());
    if (!whole && differing.isEmpty()) {
      differing.add(
          metadataProblem(
              fragment.id() + "/" + FragmentMetadata.FILE,
              "the digest of the fragment's metadata is not the one that its version records"));
    }
    if (!whole) {
      reports.addAll(differing);
    }
    return Report.sum(reports);
  }

  private static String affected(FragmentEntry fragment, String path) {
    int slash = path.indexOf('/');
    return "other readers of Zarr cannot rely on "
        + (slash < 0 ? "fragment " : "tensor " + path.substring(0, slash) + " of fragment ")
        + fragment.id()
        + ", "
        + fragment.rows()
        + " samples; reads by version go on";
  }

  private Optional<Catalog> catalog(FragmentEntry fragment, String tensor, List<Report> reports) {
    try {
      Catalog catalog = tensors.catalog(fragment, tensor);
      reports.add(new Report(1, 0, 0, List.of()));
      return Optional.of(catalog);
    } catch (CorruptDataException e) {
      String key = ObjectKeys.catalog(fragment.id(), tensor);
      reports.add(
          metadataProblem(
              key, e.detail() + "; reads go on with the indexes of the shards, at more requests"));
      return Optional.empty();
    }
  }

  /// A sketch may be missing, and what it says is not compared with the labels.
  private void sketch(FragmentEntry fragment, String tensor, List<Report> reports) {
    TensorSpec spec = content.schema().find(tensor).orElseThrow();
    if (!LabelSketch.fits(spec)) {
      return;
    }
    try {
      SketchedCorrelation.find(store, content, fragment, tensor)
          .ifPresent(_ -> reports.add(new Report(1, 0, 0, List.of())));
    } catch (CorruptDataException e) {
      String key = ObjectKeys.sketch(fragment.id(), tensor);
      reports.add(metadataProblem(key, e.detail() + "; reads go on, predictions do without it"));
    }
  }

  private static void addDigests(
      FragmentEntry fragment,
      StoredArray array,
      List<ArrayCatalog.Shard> shards,
      List<ObjectDigest> digests) {
    for (int shard = 0; shard < shards.size(); shard++) {
      ArrayCatalog.Shard known = shards.get(shard);
      if (known.bytes() > 0) {
        String path = array.key(shard).substring(fragment.id().length() + 1);
        digests.add(new ObjectDigest(path, known.bytes(), known.sha256()));
      }
    }
  }

  /// Damage that no read of ours meets.
  private static Report metadataProblem(String key, String what) {
    CorruptDataException problem = new CorruptDataException(ErrorCode.METADATA_CORRUPT, key, what);
    return new Report(1, 0, 0, List.of(problem(problem, key, "", -1, -1)));
  }

  static Problem problem(PenstockException failure, String key, String tensor, long from, long to) {
    return new Problem(
        failure.code().id(), key, tensor, from, to, String.valueOf(failure.getMessage()));
  }
}
