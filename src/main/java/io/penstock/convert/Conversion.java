package io.penstock.convert;

import io.penstock.Dataset;
import io.penstock.DatasetWriter;
import io.penstock.Ref;
import io.penstock.Samples;
import io.penstock.Version;
import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.Digest;
import io.penstock.format.Provenance;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// One conversion: a source's samples become one fragment of a dataset, in one commit. Memory is
/// bounded by the block and by the writer's budget. If it fails or is interrupted no version has
/// any of its samples; a dataset that it made stays behind without samples, and the same conversion
/// can be run again. One thread.
public final class Conversion {
  private final SampleSource source;
  private final Destination destination;
  private final ConversionOptions options;

  /// A conversion that does nothing yet. Borrows source and destination.
  public Conversion(SampleSource source, Destination destination, ConversionOptions options) {
    this.source = source;
    this.destination = destination;
    this.options = options;
  }

  /// Says what [#run] would do, after the checks that need no sample. Reads, and writes nothing.
  public ConversionPlan plan() {
    boolean there = exists();
    List<TensorSpec> tensors = source.tensors();
    if (options.append()) {
      try (Dataset dataset = destination.open()) {
        tensors = matchedSchema(dataset.version(Ref.branch(options.branch())));
      }
    } else if (there) {
      openEmpty().close();
    }
    return new ConversionPlan(
        source.origin(),
        destination.uri(),
        !options.append() && !there,
        options.branch(),
        source.samples(),
        decodedBytes(),
        tensors);
  }

  /// Reads the source to its end, writes, commits. Blocks. An interrupt stops it before the next
  /// block.
  public Version run(ConversionProgress progress) {
    if (source.samples().orElse(1) == 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, source.origin() + " has no samples; nothing is written");
    }
    stopIfInterrupted(0);
    try (Dataset dataset = dataset()) {
      List<TensorSpec> schema = source.tensors();
      DatasetWriter.Builder builder = dataset.writer().branch(options.branch());
      Version before = dataset.version(Ref.branch(options.branch()));
      if (before.record().schema().tensors().isEmpty()) {
        schema.forEach(builder::tensor);
      } else {
        schema = matchedSchema(before);
      }
      builder
          .chunkBytes(options.chunkBytes())
          .shardBytes(options.shardBytes())
          .codec(options.codec())
          .provenance(provenance());
      options.chunkSamples().ifPresent(builder::chunkSamples);
      options.shuffle().ifPresent(window -> builder.preShuffle(window.bytes(), window.seed()));
      try (DatasetWriter writer = builder.open()) {
        copy(writer, schema, progress);
        return writer.commit(message());
      }
    }
  }

  private void copy(DatasetWriter writer, List<TensorSpec> schema, ConversionProgress progress) {
    long samples = 0;
    long bytes = 0;
    try (BlockMemory memory = new BlockMemory(options.blockBytes(), mostBytes())) {
      int fits = source.fitting(options.blockBytes());
      while (fits > 0) {
        stopIfInterrupted(samples);
        memory.next();
        List<Column> columns = source.read(fits, memory);
        writer.append(samples(fits, columns, schema, memory));
        samples += fits;
        for (Column column : columns) {
          bytes += column.elements().byteSize();
        }
        progress.reached(samples, bytes, source.samples());
        fits = source.fitting(options.blockBytes());
      }
    }
  }

  private static void stopIfInterrupted(long samples) {
    if (Thread.currentThread().isInterrupted()) {
      throw new TransientException(
          ErrorCode.INTERRUPTED,
          "interrupted after " + samples + " samples; nothing was committed");
    }
  }

  private Samples samples(
      int count, List<Column> columns, List<TensorSpec> schema, SegmentAllocator memory) {
    Samples samples = Samples.of(count);
    for (int i = 0; i < columns.size(); i++) {
      TensorSpec own = source.tensors().get(i);
      boolean ragged = schema.stream().anyMatch(t -> t.name().equals(own.name()) && t.ragged());
      switch (columns.get(i)) {
        case Column.Ragged(MemorySegment elements, MemorySegment shapes) ->
            samples.withRagged(own.name(), elements, shapes);
        case Column.Fixed(MemorySegment elements) when ragged ->
            samples.withRagged(own.name(), elements, repeat(own.sampleShape(), count, memory));
        case Column.Fixed(MemorySegment elements) -> samples.with(own.name(), elements);
      }
    }
    return samples;
  }

  private static MemorySegment repeat(Shape shape, int count, SegmentAllocator memory) {
    MemorySegment shapes = memory.allocate(ValueLayout.JAVA_INT, (long) count * shape.rank());
    long at = 0;
    for (int i = 0; i < count; i++) {
      for (int axis = 0; axis < shape.rank(); axis++) {
        shapes.setAtIndex(ValueLayout.JAVA_INT, at++, Math.toIntExact(shape.dimension(axis)));
      }
    }
    return shapes;
  }

  private Dataset dataset() {
    if (options.append()) {
      return destination.open();
    }
    try {
      return destination.create();
    } catch (ConflictException e) {
      if (e.code() == ErrorCode.DATASET_EXISTS) {
        return openEmpty();
      }
      throw e;
    }
  }

  /// The dataset that is there, if it has no tensors yet: a conversion that failed leaves one so.
  private Dataset openEmpty() {
    Dataset dataset = destination.open();
    try {
      if (dataset.version().record().schema().tensors().isEmpty()) {
        return dataset;
      }
      throw new ConflictException(
          ErrorCode.DATASET_EXISTS,
          "there is a dataset at " + dataset.uri() + " already; --append adds samples to it");
    } catch (RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  private boolean exists() {
    try (Dataset _ = destination.open()) {
      return true;
    } catch (NotFoundException e) {
      if (e.code() == ErrorCode.DATASET_NOT_FOUND && !options.append()) {
        return false;
      }
      throw e;
    }
  }

  /// The tensors of the version, after making sure that the source has just these.
  private List<TensorSpec> matchedSchema(Version version) {
    List<TensorSpec> wanted = version.record().schema().tensors();
    List<String> differences = new ArrayList<>();
    for (TensorSpec tensor : wanted) {
      source.tensors().stream()
          .filter(own -> own.name().equals(tensor.name()))
          .findFirst()
          .ifPresentOrElse(
              own -> {
                if (own.type() != tensor.type() || !fits(own.sampleShape(), tensor.sampleShape())) {
                  differences.add(
                      tensor.name() + " is " + form(tensor) + " there and " + form(own) + " here");
                }
              },
              () -> differences.add(tensor.name() + " is missing here"));
    }
    for (TensorSpec own : source.tensors()) {
      if (wanted.stream().noneMatch(tensor -> tensor.name().equals(own.name()))) {
        differences.add(own.name() + " is not a tensor of " + version.name());
      }
    }
    if (!differences.isEmpty()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          source.origin()
              + " does not fit "
              + destination.uri()
              + ": "
              + String.join("; ", differences));
    }
    return wanted;
  }

  private static boolean fits(Shape own, Shape wanted) {
    boolean fits = own.rank() == wanted.rank();
    for (int axis = 0; fits && axis < own.rank(); axis++) {
      fits =
          wanted.dimension(axis) == Shape.RAGGED || own.dimension(axis) == wanted.dimension(axis);
    }
    return fits;
  }

  private static String form(TensorSpec tensor) {
    return tensor.type().zarrName() + tensor.sampleShape();
  }

  private OptionalLong decodedBytes() {
    if (source.samples().isEmpty() || source.tensors().stream().anyMatch(TensorSpec::ragged)) {
      return OptionalLong.empty();
    }
    long sampleBytes = 0;
    for (TensorSpec tensor : source.tensors()) {
      sampleBytes = Math.addExact(sampleBytes, tensor.sampleShape().bytes(tensor.type()));
    }
    return OptionalLong.of(Math.multiplyExact(sampleBytes, source.samples().getAsLong()));
  }

  private long mostBytes() {
    return Math.max(options.blockBytes(), destination.penstock().memoryBudgetBytes() / 2);
  }

  private String message() {
    return options.message().isEmpty()
        ? "convert " + source.origin().replaceAll("[^, ]*/", "")
        : options.message();
  }

  private Provenance provenance() {
    String settings =
        String.join(
            "\n",
            "convert 1",
            options.codec(),
            options.chunkSamples().toString(),
            Long.toString(options.chunkBytes()),
            Long.toString(options.shardBytes()));
    settings += options.shuffle().map(window -> "\n" + window).orElse("");
    return new Provenance(
        List.of(source.origin()),
        "penstock convert",
        Digest.sha256(settings.getBytes(StandardCharsets.UTF_8)).hex());
  }
}
