package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The images of a folder, and for class folders a label for each.
///
/// The opening looks at the head of every file, so that the tensors are known; reading lists one
/// class at a time, so that memory does not grow with the folder. A folder that changed in between
/// is an error.
final class ImageFolderSource implements SampleSource {
  private static final int MAX_SAMPLES_AHEAD = 4096;
  private static final int MAX_DESCRIPTION = 1024;

  private record Sample(Path file, Shape shape, long bytes, long label) {}

  private final ImageFolder folder;
  private final ImageTensor images;
  private final List<TensorSpec> tensors;
  private final long count;
  private final Deque<Sample> ahead = new ArrayDeque<>();
  private final ArrayDeque<Path> listed = new ArrayDeque<>();
  private int nextClass;
  private long met;

  ImageFolderSource(Path root, String imageName, boolean decode) {
    this.folder = ImageFolder.open(root);
    this.images = decode ? new ImageTensor.Decoded() : new ImageTensor.Encoded();
    this.count = lookAtAll();
    TensorSpec image = images.spec(imageName);
    this.tensors = folder.labelled() ? List.of(image, label()) : List.of(image);
  }

  private long lookAtAll() {
    long files = 0;
    for (int i = 0; i < folder.classes().size(); i++) {
      for (Path file : folder.files(i)) {
        images.look(file);
        files++;
      }
    }
    if (files == 0) {
      throw ImageFolder.malformed(folder.root(), "holds no image");
    }
    return files;
  }

  private TensorSpec label() {
    String classes = "classes: " + String.join(", ", folder.classNames());
    return new TensorSpec(
        "label",
        DataType.INT64,
        Shape.SCALAR,
        List.of(),
        Optional.empty(),
        classes.length() <= MAX_DESCRIPTION ? Optional.of(classes) : Optional.empty());
  }

  @Override
  public String origin() {
    return folder.root().toString();
  }

  @Override
  public List<TensorSpec> tensors() {
    return tensors;
  }

  @Override
  public OptionalLong samples() {
    return OptionalLong.of(count);
  }

  @Override
  public int fitting(long maxBytes) {
    long bytes = 0;
    int fits = 0;
    for (Sample sample : ahead) {
      bytes += sample.bytes();
      if (bytes > maxBytes && fits > 0) {
        return fits;
      }
      fits++;
    }
    while (bytes <= maxBytes && fits < MAX_SAMPLES_AHEAD) {
      Optional<Sample> sample = meetNext();
      if (sample.isEmpty()) {
        return fits;
      }
      ahead.add(sample.get());
      bytes += sample.get().bytes();
      if (bytes <= maxBytes || fits == 0) {
        fits++;
      }
    }
    return fits;
  }

  private Optional<Sample> meetNext() {
    while (listed.isEmpty()) {
      if (nextClass == folder.classes().size()) {
        checkMet(met == count);
        return Optional.empty();
      }
      listed.addAll(folder.files(nextClass++));
    }
    checkMet(met < count);
    met++;
    Path file = listed.removeFirst();
    Shape shape = images.shape(file);
    long label = folder.label(nextClass - 1);
    return Optional.of(new Sample(file, shape, shape.bytes(tensors.getFirst().type()), label));
  }

  private void checkMet(boolean asBefore) {
    if (!asBefore) {
      throw new CorruptDataException(
          ErrorCode.INPUT_MALFORMED,
          folder.root().toString(),
          "had " + count + " images when it was opened and has another number now");
    }
  }

  @Override
  public List<Column> read(int samples, SegmentAllocator memory) {
    List<Sample> taken = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < samples; i++) {
      Sample sample = ahead.removeFirst();
      taken.add(sample);
      bytes += sample.bytes();
    }
    MemorySegment elements = memory.allocate(bytes, 8);
    long at = 0;
    for (Sample sample : taken) {
      images.read(sample.file(), sample.shape(), elements.asSlice(at, sample.bytes()));
      at += sample.bytes();
    }
    Column image =
        tensors.getFirst().ragged()
            ? new Column.Ragged(elements, shapes(taken, memory))
            : new Column.Fixed(elements);
    return folder.labelled() ? List.of(image, labels(taken, memory)) : List.of(image);
  }

  private static MemorySegment shapes(List<Sample> samples, SegmentAllocator memory) {
    int rank = samples.getFirst().shape().rank();
    MemorySegment shapes = memory.allocate(ValueLayout.JAVA_INT, (long) samples.size() * rank);
    long at = 0;
    for (Sample sample : samples) {
      for (int axis = 0; axis < rank; axis++) {
        shapes.setAtIndex(
            ValueLayout.JAVA_INT, at++, Math.toIntExact(sample.shape().dimension(axis)));
      }
    }
    return shapes;
  }

  private static Column labels(List<Sample> samples, SegmentAllocator memory) {
    MemorySegment labels = memory.allocate(ValueLayout.JAVA_LONG, samples.size());
    for (int i = 0; i < samples.size(); i++) {
      labels.setAtIndex(ValueLayout.JAVA_LONG, i, samples.get(i).label());
    }
    return new Column.Fixed(labels);
  }

  @Override
  public void close() {
    ahead.clear();
    listed.clear();
  }
}
