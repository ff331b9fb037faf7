package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Several sources side by side: sample i is sample i of each. They must have equally many samples
/// and tensors of different names.
final class ZippedSource implements SampleSource {
  private final String origin;
  private final List<SampleSource> sources;
  private final List<TensorSpec> tensors = new ArrayList<>();
  private final Closeable container;
  private long done;

  /// Takes ownership of the sources, at least one, and of what contains them, unless it throws.
  ZippedSource(String origin, List<? extends SampleSource> sources, Closeable container) {
    this.origin = origin;
    this.sources = List.copyOf(sources);
    this.container = container;
    Map<String, String> origins = new HashMap<>();
    for (SampleSource source : sources) {
      for (TensorSpec tensor : source.tensors()) {
        String other = origins.put(tensor.name(), source.origin());
        if (other != null) {
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "two tensors are named "
                  + tensor.name()
                  + ": of "
                  + other
                  + " and of "
                  + source.origin()
                  + "; put NAME= before one of them");
        }
        tensors.add(tensor);
      }
    }
    checkCounts();
  }

  private void checkCounts() {
    SampleSource first = sources.getFirst();
    for (SampleSource source : sources) {
      if (first.samples().isPresent()
          && source.samples().isPresent()
          && first.samples().getAsLong() != source.samples().getAsLong()) {
        throw differ(first, first.samples().getAsLong(), source, source.samples().getAsLong());
      }
    }
  }

  private static CorruptDataException differ(
      SampleSource one, long samplesOfOne, SampleSource other, long samplesOfOther) {
    return new CorruptDataException(
        ErrorCode.INPUT_MALFORMED,
        "inputs of one dataset need equally many samples: "
            + one.origin()
            + " has "
            + samplesOfOne
            + ", "
            + other.origin()
            + " has "
            + samplesOfOther);
  }

  @Override
  public String origin() {
    return origin;
  }

  @Override
  public List<TensorSpec> tensors() {
    return List.copyOf(tensors);
  }

  @Override
  public OptionalLong samples() {
    return sources.stream()
        .map(SampleSource::samples)
        .filter(OptionalLong::isPresent)
        .findFirst()
        .orElse(OptionalLong.empty());
  }

  /// Each source is given the same share of the bytes; the smallest answer counts for all.
  @Override
  public int fitting(long maxBytes) {
    int least = Integer.MAX_VALUE;
    int most = 0;
    SampleSource shortest = sources.getFirst();
    SampleSource longest = sources.getFirst();
    for (SampleSource source : sources) {
      int fits = source.fitting(maxBytes / sources.size());
      if (fits < least) {
        least = fits;
        shortest = source;
      }
      if (fits > most) {
        most = fits;
        longest = source;
      }
    }
    if (least == 0 && most > 0) {
      throw new CorruptDataException(
          ErrorCode.INPUT_MALFORMED,
          "inputs of one dataset need equally many samples: "
              + shortest.origin()
              + " has "
              + done
              + ", "
              + longest.origin()
              + " has more");
    }
    return least;
  }

  @Override
  public List<Column> read(int samples, SegmentAllocator memory) {
    List<Column> columns = new ArrayList<>();
    for (SampleSource source : sources) {
      columns.addAll(source.read(samples, memory));
    }
    done += samples;
    return columns;
  }

  @Override
  public void close() {
    try (container) {
      closeAll(sources);
    } catch (IOException e) {
      throw InputFiles.unreadable(origin, e);
    }
  }

  /// Closes all, also when one of them fails.
  static void closeAll(List<? extends SampleSource> sources) {
    RuntimeException failure = null;
    for (SampleSource source : sources) {
      try {
        source.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
