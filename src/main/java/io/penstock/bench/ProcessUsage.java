package io.penstock.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What this process has used, by the operating system's account.
final class ProcessUsage {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessUsage() {}

  /// CPU time of all threads so far, in nanoseconds.
  static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /// Bytes that all threads have allocated on the heap so far.
  static long allocatedBytes() {
    return ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getTotalThreadAllocatedBytes();
  }

  /// How often the heap was collected so far.
  static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  /// The most memory that was resident at once, heap included; empty where the system does not
  /// tell.
  static OptionalLong peakRssBytes() {
    return status("VmHWM:");
  }

  /// The memory that is resident now, heap included; empty where the system does not tell.
  static OptionalLong rssBytes() {
    return status("VmRSS:");
  }

  private static OptionalLong status(String name) {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1).stream()
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.INTERNAL, "cannot read " + STATUS + ": " + e.getMessage(), e);
    }
  }

  /// Begins to look for the most that is in use on the heap.
  ///
  /// @return bytes in use now
  static long beginHeapPeak() {
    heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /// The most that was in use on the heap since then: the sum over its parts, which had it at
  /// different times.
  static long heapPeakBytes() {
    return heapPools().mapToLong(part -> part.getPeakUsage().getUsed()).sum();
  }

  private static Stream<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(part -> part.getType() == MemoryType.HEAP);
  }
}
