package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What the process holds, looked at now and then: the heap that is in use after a collection, and
/// the resident memory, of which Linux tells.
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private final List<Sample> samples = new ArrayList<>();

  private record Sample(long heapBytes, long residentBytes) {}

  void sample() {
    System.gc();
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    samples.add(new Sample(heap.getUsed(), residentBytes()));
  }

  private static long residentBytes() {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Fails if the last sample is above the third by more than so many bytes. No samples are flat.
  void assertFlat(long mostGrowth) {
    if (samples.size() > 3) {
      Sample settled = samples.get(2);
      Sample last = samples.getLast();
      assertThat(last.heapBytes() - settled.heapBytes()).isLessThan(mostGrowth);
      assertThat(last.residentBytes() - settled.residentBytes()).isLessThan(mostGrowth);
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("heap/resident MiB:");
    samples.forEach(each ->
        text.append(' ')
            .append(each.heapBytes() >> 20)
            .append('/')
            .append(each.residentBytes() >> 20));
    return text.toString();
  }
}
