package io.penstock;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;

/// One of several processes that append to the same dataset at once; see [ConcurrentAppendIT].
/// Arguments: URI, endpoint or `-`, number of this process, commits to make. Prints `data KEY` for
/// each data object that it put, and `metadata BYTES`, the most that one commit put beside data.
final class AppendProcess {
  private AppendProcess() {}

  public static void main(String[] arguments) {
    String uri = arguments[0];
    int process = Integer.parseInt(arguments[2]);
    int commits = Integer.parseInt(arguments[3]);
    Penstock.Builder settings = Penstock.builder().memory(32 << 20).threads(1);
    if (!arguments[1].equals("-")) {
      settings.s3Endpoint(arguments[1]);
    }
    try (Penstock penstock = settings.build();
        CountingStore store = new CountingStore(penstock.store(uri));
        Dataset dataset = penstock.open(store)) {
      for (int commit = 0; commit < commits; commit++) {
        append(dataset, process, commit);
      }
      store.trace().stream()
          .filter(line -> line.startsWith(Operation.PUT + " ") && !line.contains(" __penstock/"))
          .forEach(line -> System.out.println("data " + line.substring(line.indexOf(' ') + 1)));
    }
  }

  private static void append(Dataset dataset, int process, int commit) {
    try (DatasetWriter writer =
        dataset
            .writer()
            .tensor("process", DataType.INT32, Shape.SCALAR)
            .tensor("commit", DataType.INT32, Shape.SCALAR)
            .open()) {
      writer.append(Samples.one().with("process", process).with("commit", commit));
      writer.commit("process " + process + ", commit " + commit);
    }
  }
}
