package io.penstock;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;

/// What the library asks of the machine that it runs on.
final class Platform {
  /// The first release whose G1 collector does not move pinned arrays (JDK-8370807 and kin).
  private static final Runtime.Version FIRST_SOUND = Runtime.Version.parse("25.0.3");

  private Platform() {}

  /// Refuses runtimes that are known to corrupt data, and big-endian machines.
  static void check() {
    if (Runtime.version().compareToIgnoreOptional(FIRST_SOUND) < 0) {
      throw new RefusedException(
          ErrorCode.UNSUPPORTED,
          "Java " + Runtime.version() + " can corrupt data; Java " + FIRST_SOUND + " is the least");
    }
    if (flag("UseCompactObjectHeaders")) {
      throw new RefusedException(
          ErrorCode.UNSUPPORTED,
          "compact object headers can corrupt strings; run without -XX:+UseCompactObjectHeaders");
    }
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new RefusedException(ErrorCode.UNSUPPORTED, "big-endian machines are not supported");
    }
  }

  static long physicalMemoryBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  private static boolean flag(String name) {
    HotSpotDiagnosticMXBean flags =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    return Boolean.parseBoolean(flags.getVMOption(name).getValue());
  }
}
