package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.DatasetWriter;
import io.penstock.Penstock;
import io.penstock.Ref;
import io.penstock.Samples;
import io.penstock.Tensor;
import io.penstock.Version;
import io.penstock.bench.EpochResult;
import io.penstock.bench.LoadBench;
import io.penstock.bench.LoadResult;
import io.penstock.convert.Conversion;
import io.penstock.convert.ConversionOptions;
import io.penstock.convert.Destination;
import io.penstock.convert.SampleSource;
import io.penstock.convert.SampleSources;
import io.penstock.convert.SourceSpec;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.load.Bottleneck;
import io.penstock.load.ShuffleReport;
import io.penstock.tensor.Region;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The five-minute tour: converts bundled pictures, appends, looks at versions, streams batches,
/// checks every byte.
@CommandLine.Command(
    name = "demo",
    description = "A tour in under a minute, with 900 real pictures, in a folder of its own.")
final class DemoCommand extends Command {
  private static final int SIDE = 28;
  private static final int EPOCHS = 5;
  private static final int BATCH = 256;

  /// Samples of a chunk: small, for a small dataset.
  private static final long CHUNK = 20;

  private static final String IMAGES = "images-idx3-ubyte.gz";
  private static final String LABELS = "labels-idx1-ubyte.gz";
  private static final String SHADES = " .:-=+*#%@";

  @Mixin final StoreOptions stores = new StoreOptions();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the dataset goes. Default: a new temporary folder.")
  @Nullable Path dir;

  @Override
  public Integer call() {
    Path folder = folder();
    String uri = folder.resolve("pictures").toString();
    try (Penstock penstock = stores.penstock(ConversionOptions.blockBytes(stores.memory))) {
      convert(penstock, folder, uri);
      try (Dataset dataset = penstock.open(uri)) {
        appendMirrored(dataset);
        compareVersions(dataset);
        List<EpochResult> epochs = stream(penstock, uri);
        long problems = verify(dataset);
        step("That was all. It is yours to play with:");
        say("  bin/penstock log " + uri);
        say("  bin/penstock show '" + uri + "#image[0:100]' --png pictures.png");
        say("  rm -r " + folder);
        summarise(dataset, epochs, problems);
        return problems == 0 ? SUCCESS : ErrorCode.DATA_CORRUPT.exitCode();
      }
    }
  }

  private void convert(Penstock penstock, Path folder, String uri) {
    step("1. Convert: 900 pictures of clothes and their labels, two IDX files, into " + uri);
    List<SourceSpec> inputs =
        List.of(
            SourceSpec.parse("image=" + unpack(IMAGES, folder)),
            SourceSpec.parse("label=" + unpack(LABELS, folder)));
    WriteLayoutOptions layout = new WriteLayoutOptions();
    layout.chunkSamples = CHUNK;
    ConversionOptions options = layout.options(false, Ref.MAIN, "900 pictures", stores.memory);
    try (SampleSource source = SampleSources.open(inputs, false);
        Progress progress = new Progress(terminal(), output.quiet)) {
      Version version =
          new Conversion(source, Destination.of(penstock, uri), options).run(progress);
      say("   " + progress.summary() + " are now version " + version.name() + ":");
      table(Document.object(Descriptions.version(uri, version), version.name()));
    }
  }

  /// Adds each picture once more, mirrored, through the Java interface.
  private void appendMirrored(Dataset dataset) {
    step("2. Append: the same pictures, mirrored, written by a program with DatasetWriter");
    Version before = dataset.version();
    try (Arena arena = Arena.ofShared();
        DatasetWriter writer = dataset.writer().chunkSamples(CHUNK).open()) {
      MemorySegment images = all(before.tensor("image"), arena);
      MemorySegment labels = all(before.tensor("label"), arena);
      mirror(images);
      writer.append(Samples.of(before.samples()).with("image", images).with("label", labels));
      Version after = writer.commit("the same, mirrored");
      say("   one commit later there is version " + after.name() + "; nothing was rewritten:");
    }
    List<Object> rows = new ArrayList<>();
    try (Stream<Version> history = dataset.history(Ref.latest())) {
      history.forEach(version ->
          rows.add(
              new Document.Fields()
                  .with("version", version.name())
                  .with("time", version.record().time())
                  .with("message", version.record().message())
                  .with("samples", version.samples())
                  .with("bytes", new ByteCount(version.bytes()))
                  .with("digest", version.digest().hex().substring(0, 12))
                  .map()));
    }
    table(Document.array(rows, List.of()));
  }

  private void compareVersions(Dataset dataset) {
    Version now = dataset.version();
    Version then = dataset.version(Ref.version(Ref.MAIN, now.record().number() - 1));
    step(
        "3. Go back in time: "
            + then.name()
            + " still has "
            + then.samples()
            + " samples, "
            + now.name()
            + " has "
            + now.samples()
            + ". A sandal, and its mirror image:");
    byte[] left = then.tensor("image").bytes(5);
    byte[] right = now.tensor("image").bytes(then.samples() + 5);
    for (int y = 0; y < SIDE; y += 2) {
      say("   " + shades(left, y) + "   " + shades(right, y));
    }
  }

  private List<EpochResult> stream(Penstock penstock, String uri) {
    step("4. Stream: batches of 256 in native memory, shuffled, epoch after epoch");
    LoadBench.Options options =
        LoadBench.Options.of(uri, Ref.latest(), loader -> loader.batchSize(BATCH).seed(1), EPOCHS);
    LoadResult result = new LoadBench(penstock, options, terminal().nanoTime()).run();
    List<EpochResult> epochs = result.epochs();
    for (EpochResult epoch : epochs) {
      say(
          String.format(
              Locale.ROOT,
              "   epoch %d: %d samples in %.1f ms, %.0f samples/s, %s/s",
              epoch.epoch(),
              epoch.samples(),
              epoch.seconds() * 1e3,
              epoch.samplesPerSecond(),
              new ByteCount((long) epoch.decodedBytesPerSecond())));
    }
    result.mixing(ShuffleReport.Span.BATCH).ifPresent(window -> say(mixing(window, result)));
    Bottleneck bottleneck = result.stats().bottleneck();
    say("   what is in the way: " + bottleneck.kind() + ": " + bottleneck.evidence());
    return epochs;
  }

  private static String mixing(ShuffleReport.Window window, LoadResult result) {
    return String.format(
        Locale.ROOT,
        "   how well mixed: %.2f %% of the pairs of a batch were stored in one run; the order"
            + " promises %.2f %%, a full shuffle has %.2f %%; design effect %.2f (1 is perfect)",
        100 * window.measured().fraction(),
        100 * window.predicted().fraction(),
        100 * window.measured().ideal(),
        result.designEffect().orElse(1.0));
  }

  private long verify(Dataset dataset) {
    step("5. Verify: every object, every checksum");
    Dataset.Verification checked =
        dataset.verify(Ref.latest(), 1, problem -> say("   " + problem.message()));
    say(
        "   "
            + checked.objects()
            + " objects, "
            + checked.chunks()
            + " chunks, "
            + new ByteCount(checked.bytes())
            + ": "
            + (checked.problems() == 0 ? "all sound" : checked.problems() + " problems"));
    return checked.problems();
  }

  private void summarise(Dataset dataset, List<EpochResult> epochs, long problems) {
    if (output.format == Format.TABLE && !output.quiet) {
      return;
    }
    Version version = dataset.version();
    EpochResult last = epochs.getLast();
    print(
        Document.object(
            Descriptions.version(dataset.uri().toString(), version)
                .with("samplesPerSecond", last.samplesPerSecond())
                .with("decodedBytesPerSecond", last.decodedBytesPerSecond())
                .with("ok", problems == 0),
            dataset.uri().toString()));
  }

  private static MemorySegment all(Tensor tensor, Arena arena) {
    Region region = Region.all(tensor.sampleShape().prepend(tensor.samples()));
    MemorySegment target = arena.allocate(region.shape().bytes(tensor.type()), 64);
    tensor.read(region, target);
    return target;
  }

  private static void mirror(MemorySegment pictures) {
    byte[] row = new byte[SIDE];
    for (long at = 0; at < pictures.byteSize(); at += SIDE) {
      MemorySegment.copy(pictures, ValueLayout.JAVA_BYTE, at, row, 0, SIDE);
      for (int x = 0; x < SIDE; x++) {
        pictures.set(ValueLayout.JAVA_BYTE, at + x, row[SIDE - 1 - x]);
      }
    }
  }

  private static String shades(byte[] picture, int row) {
    StringBuilder line = new StringBuilder();
    for (int x = 0; x < SIDE; x++) {
      int value = Byte.toUnsignedInt(picture[row * SIDE + x]);
      line.append(SHADES.charAt(value * (SHADES.length() - 1) / 255));
    }
    return line.toString();
  }

  private Path folder() {
    try {
      return dir == null
          ? Files.createTempDirectory("penstock-demo-")
          : Files.createDirectories(dir);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private static Path unpack(String name, Path folder) {
    try (InputStream bundled =
        Objects.requireNonNull(
            DemoCommand.class.getResourceAsStream("demo/" + name), "bundled " + name)) {
      Path file = folder.resolve(name);
      Files.write(file, bundled.readAllBytes());
      return file;
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private static TransientException unwritable(IOException e) {
    return new TransientException(
        ErrorCode.STORE_UNAVAILABLE, "cannot write the demo's folder: " + e, e);
  }

  private void step(String text) {
    say("");
    say(text);
  }

  private void say(String text) {
    if (talkative()) {
      terminal().out().flush();
      terminal().say(text);
    }
  }

  private void table(Document document) {
    if (output.format == Format.TABLE && talkative()) {
      print(document);
    }
  }
}
