package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Version;
import io.penstock.format.ArrayLayout;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorLayout;
import io.penstock.format.VersionContent;
import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/// Lists what lies on the store for a version.
@CommandLine.Command(
    name = "ls",
    description = "List a version's fragments, arrays and objects with their bytes.")
final class ListCommand extends DatasetCommand {
  private static final int PAGE = 1000;

  @Override
  int run(Dataset dataset) {
    Version version = dataset.version(uri.wholeDataset().refOrLatest());
    VersionContent content = version.content();
    List<Object> fragments = new ArrayList<>();
    List<Object> arrays = new ArrayList<>();
    List<Object> objects = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    for (FragmentEntry fragment : content.fragments()) {
      List<ObjectInfo> found = objects(dataset.store(), fragment.id() + "/");
      for (ObjectInfo object : found) {
        objects.add(
            new Document.Fields()
                .with("key", object.key())
                .with("bytes", new ByteCount(object.bytes()))
                .map());
        keys.add(object.key());
      }
      addArrays(fragment, content.layout(fragment), found, arrays);
      fragments.add(
          new Document.Fields()
              .with("fragment", fragment.id())
              .with("samples", fragment.rows())
              .with("bytes", new ByteCount(fragment.bytes()))
              .with("digest", fragment.digest().hex())
              .with("shuffle", fragment.shuffle().map(Descriptions::shuffle))
              .map());
    }
    print(
        Document.object(
            new Document.Fields()
                .with("fragments", fragments)
                .with("arrays", arrays)
                .with("objects", objects),
            "objects",
            keys));
    return SUCCESS;
  }

  private static void addArrays(
      FragmentEntry fragment, Layout layout, List<ObjectInfo> objects, List<Object> rows) {
    for (TensorLayout tensor : layout.tensors()) {
      List<ArrayLayout> arrays =
          switch (tensor) {
            case TensorLayout.Fixed(_, ArrayLayout array) -> List.of(array);
            case TensorLayout.Ragged(
                    _,
                    ArrayLayout values,
                    ArrayLayout offset,
                    ArrayLayout shape) ->
                List.of(values, offset, shape);
          };
      for (ArrayLayout array : arrays) {
        String key = fragment.id() + "/" + array.path();
        long bytes =
            objects.stream()
                .filter(object -> object.key().startsWith(key + "/"))
                .mapToLong(ObjectInfo::bytes)
                .sum();
        rows.add(
            new Document.Fields()
                .with("array", key)
                .with("tensor", tensor.tensor())
                .with("dtype", array.type().zarrName())
                .with("chunk", array.chunk())
                .with("shard", array.shard())
                .with("bytes", new ByteCount(bytes))
                .map());
      }
    }
  }

  private static List<ObjectInfo> objects(Store store, String prefix) {
    List<ObjectInfo> objects = new ArrayList<>();
    String last = "";
    ObjectPage page;
    do {
      page = store.list(prefix, last, PAGE);
      objects.addAll(page.objects());
      last = objects.isEmpty() ? "" : objects.getLast().key();
    } while (page.truncated() && !page.objects().isEmpty());
    return objects;
  }
}
