package io.penstock.write;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes fragments of random samples for the tests of other rooms.
public final class TestFragment {
  private static final long BUDGET_BYTES = 512L << 20;

  private TestFragment() {}

  /// Writes one fragment, and what its tensors hold: `NAME.bin` with all elements of a tensor, and
  /// for a ragged one `NAME.shapes.bin` with the shapes, int32.
  ///
  /// @param seed draws the samples; ragged ones have dimensions of 0 to 40
  /// @param expected existing directory for those files
  public static FragmentWriter.Written write(
      Store store,
      String fragment,
      Schema schema,
      WriteOptions options,
      int count,
      long seed,
      Path expected)
      throws IOException {
    TestSamples samples =
        TestSamples.random(schema, count, seed, (random, _) -> random.nextInt(41));
    for (TensorSpec tensor : schema.tensors()) {
      String name = tensor.name();
      Files.write(expected.resolve(name + ".bin"), samples.elements(name));
      if (tensor.ragged()) {
        Files.write(expected.resolve(name + ".shapes.bin"), samples.shapes(name));
      }
    }
    try (WriterRig rig = new WriterRig(BUDGET_BYTES, 2);
        FragmentWriter writer = rig.writer(store, fragment, schema, options)) {
      samples.appendTo(writer, 100);
      return writer.finish();
    }
  }
}
