package io.penstock.cli;

import com.github.luben.zstd.Zstd;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import io.penstock.Penstock;
import io.penstock.error.ErrorCode;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Optional;

/// What the library needs of the machine: a Java without known corruption, memory for the budget, a
/// native zstd that works.
final class MachineChecks {
  private static final Runtime.Version LEAST_JAVA = Runtime.Version.parse("25.0.3");

  private MachineChecks() {}

  static void run(Findings findings, long budgetBytes) {
    java(findings);
    memory(findings, budgetBytes);
    zstd(findings);
    s3Transport(findings);
    findings.ok("processors", (long) Runtime.getRuntime().availableProcessors());
  }

  private static void java(Findings findings) {
    String version = Runtime.version().toString();
    if (Runtime.version().compareToIgnoreOptional(LEAST_JAVA) < 0) {
      findings.fail("java", version, ErrorCode.UNSUPPORTED, "use Java " + LEAST_JAVA + " or later");
    } else {
      findings.ok("java", version);
    }
    boolean compact =
        Boolean.parseBoolean(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("UseCompactObjectHeaders")
                .getValue());
    if (compact) {
      findings.fail(
          "object-headers",
          "compact",
          ErrorCode.UNSUPPORTED,
          "run without -XX:+UseCompactObjectHeaders");
    } else {
      findings.ok("object-headers", "ordinary");
    }
  }

  private static void memory(Findings findings, long budgetBytes) {
    long physical =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    long heap = Runtime.getRuntime().maxMemory();
    findings.ok("heap", new ByteCount(heap));
    findings.ok("memory-budget", new ByteCount(budgetBytes));
    if (heap + budgetBytes > physical) {
      findings.warn(
          "memory",
          new ByteCount(physical),
          "heap and budget together exceed it; a smaller --memory helps");
    } else {
      findings.ok("memory", new ByteCount(physical));
    }
  }

  private static void s3Transport(Findings findings) {
    Optional<String> obstacle = Penstock.s3TransportObstacle();
    if (obstacle.isPresent()) {
      findings.warn(
          "s3-transport",
          Penstock.s3Transport(),
          obstacle.get() + "; Netty 4.2 costs less of the processor");
    } else {
      findings.ok("s3-transport", Penstock.s3Transport());
    }
    findings.ok(
        "s3-io-uring",
        Penstock.s3IoUringObstacle()
            .map(why -> "cannot be asked for: " + why)
            .orElse("can be asked for: --transport io_uring"));
  }

  private static void zstd(Findings findings) {
    byte[] text = "penstock ".repeat(100).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    try {
      byte[] back = Zstd.decompress(Zstd.compress(text), text.length);
      if (Arrays.equals(text, back)) {
        findings.ok("zstd", "native, " + com.github.luben.zstd.util.ZstdVersion.VERSION);
        return;
      }
      findings.fail(
          "zstd", "gives other bytes back", ErrorCode.INTERNAL, "look for another libzstd-jni");
    } catch (LinkageError e) {
      findings.fail(
          "zstd",
          "not loaded: " + e.getMessage(),
          ErrorCode.UNSUPPORTED,
          "run with --enable-native-access=ALL-UNNAMED, and with a temporary folder that allows"
              + " native libraries");
    }
  }
}
