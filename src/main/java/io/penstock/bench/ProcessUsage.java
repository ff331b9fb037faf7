package io.penstock.bench;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// What this process has used, by the operating system's account.
final class ProcessUsage {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessUsage() {}

  /// CPU time of all threads so far, in nanoseconds.
  static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /// The most memory that was resident at once, heap included; empty where the system does not
  /// tell.
  static OptionalLong peakRssBytes() {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.INTERNAL, "cannot read " + STATUS + ": " + e.getMessage(), e);
    }
  }
}
