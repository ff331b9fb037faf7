import io.penstock.Dataset;
import io.penstock.DatasetWriter;
import io.penstock.Penstock;
import io.penstock.Ref;
import io.penstock.Samples;
import io.penstock.Tensor;
import io.penstock.Version;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Writes a small dataset, appends to it, and reads it back: samples, versions, batches.
///
/// Run it after `mvn package`, with a folder that does not exist yet or an `s3://` URI:
///
/// ```
/// java --enable-native-access=ALL-UNNAMED -cp 'target/classes:target/lib/*' \
///     samples/WriteAppendRead.java /tmp/weather
/// ```
final class WriteAppendRead {
  private static final int HOURS = 24;

  private WriteAppendRead() {}

  public static void main(String[] args) {
    try (Penstock penstock = Penstock.create();
        Dataset dataset = penstock.create(args[0])) {
      write(dataset);
      append(dataset);
      readOneDay(dataset);
      readBatches(dataset);
    }
  }

  /// A year of days: 24 temperatures, and a note of any length, for each day.
  private static void write(Dataset dataset) {
    try (DatasetWriter writer =
        dataset
            .writer()
            .tensor("temperature", DataType.FLOAT32, Shape.of(HOURS))
            .text("note")
            .open()) {
      for (int day = 0; day < 365; day++) {
        writer.append(sample(day));
      }
      Version version = writer.commit("the first year");
      System.out.println(version.name() + " has " + version.samples() + " samples");
    }
  }

  /// Another year. The schema is known by now; nothing that was written is touched.
  private static void append(Dataset dataset) {
    try (DatasetWriter writer = dataset.writer().open()) {
      for (int day = 365; day < 730; day++) {
        writer.append(sample(day));
      }
      Version version = writer.commit("the second year");
      System.out.println(version.name() + " has " + version.samples() + " samples");
    }
    Version before = dataset.version(Ref.version("main", 1));
    System.out.println(before.name() + " still has " + before.samples());
  }

  private static Samples sample(int day) {
    float[] temperatures = new float[HOURS];
    for (int hour = 0; hour < HOURS; hour++) {
      temperatures[hour] = temperature(day, hour);
    }
    return Samples.one()
        .with("temperature", temperatures)
        .withTexts("note", List.of("day " + day + ", " + "sun ".repeat(day % 4)));
  }

  private static float temperature(int day, int hour) {
    return (float) (10 - 12 * Math.cos(2 * Math.PI * day / 365) + 4 * Math.sin(hour / 4.0));
  }

  /// Regions of a tensor land in memory of the caller's.
  private static void readOneDay(Dataset dataset) {
    Version version = dataset.version();
    Tensor temperature = version.tensor("temperature");
    try (Arena arena = Arena.ofShared()) {
      MemorySegment noon = arena.allocate(ValueLayout.JAVA_FLOAT, 1);
      temperature.read(new Region(Shape.of(500, 12), Shape.of(1, 1)), noon);
      System.out.println("noon of day 500: " + noon.getAtIndex(ValueLayout.JAVA_FLOAT, 0));
    }
    System.out.println("note of day 500: " + version.tensor("note").text(500).strip());
  }

  /// Batches come in native memory and are given back when they are closed.
  private static void readBatches(Dataset dataset) {
    double sum = 0;
    long count = 0;
    try (Loader loader = dataset.version().loader().tensors("temperature").batchSize(100).build()) {
      for (Batch batch : loader) {
        try (batch) {
          MemorySegment elements = batch.tensor("temperature").segment();
          for (long i = 0; i < (long) batch.samples() * HOURS; i++) {
            sum += elements.getAtIndex(ValueLayout.JAVA_FLOAT, i);
          }
          count += batch.samples();
        }
      }
    }
    System.out.printf(
        java.util.Locale.ROOT, "mean over %d days: %.2f%n", count, sum / (count * HOURS));
  }
}
