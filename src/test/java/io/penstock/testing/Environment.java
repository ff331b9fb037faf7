package io.penstock.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;
import org.testcontainers.DockerClientFactory;

/// What a machine may or may not have for the tests: a container engine, a MinIO, an nginx, a
/// Python with the Zarr readers of others, the folder of shared test data beside the repository.
///
/// A test asks for what it needs. Where that is missing the test is skipped and says so on standard
/// error; where the variable `PENSTOCK_REQUIRE` (a comma-separated list of `containers`,
/// `io_uring`, `minio`, `nginx`, `python`, `shared`) names it, the test fails instead. Thread-safe.
public final class Environment {
  /// The variable that lists what must be there.
  public static final String REQUIRE = "PENSTOCK_REQUIRE";

  /// The variable that names a `minio` program.
  public static final String MINIO = "PENSTOCK_TEST_MINIO";

  /// The variable that names an `nginx` program; without it, it is looked for in `PATH`.
  public static final String NGINX = "PENSTOCK_TEST_NGINX";

  /// The variable that names a Python interpreter which has zarr, tensorstore, zarrs, obstore and
  /// numpy.
  public static final String PYTHON = "PENSTOCK_TEST_PYTHON";

  private Environment() {}

  /// Goes on if there is a container engine that Testcontainers can talk to; else skips or fails.
  public static void containers() {
    if (!hasContainers()) {
      throw missing(required("containers"), "containers", "no container engine answers");
    }
  }

  /// Whether a container engine answers. Fails where one is required and none does.
  static boolean hasContainers() {
    boolean available = DockerClientFactory.instance().isDockerAvailable();
    if (!available && required("containers")) {
      throw missing(true, "containers", "no container engine answers");
    }
    return available;
  }

  /// Whether the system does io_uring; says so if not. Fails where it is required and does not.
  ///
  /// @param obstacle why it does not
  public static boolean hasIoUring(Optional<String> obstacle) {
    obstacle.ifPresent(why -> {
      RuntimeException missing = missing(required("io_uring"), "io_uring", why);
      if (!(missing instanceof TestAbortedException)) {
        throw missing;
      }
    });
    return obstacle.isEmpty();
  }

  /// The `minio` program named by `PENSTOCK_TEST_MINIO`; skips or fails without one.
  public static Path minio() {
    return program("minio", MINIO);
  }

  /// The `nginx` program named by `PENSTOCK_TEST_NGINX`, else the one in `PATH`; skips or fails
  /// without one.
  public static Path nginx() {
    return System.getenv(NGINX) == null
        ? inPath("nginx").orElseGet(() -> program("nginx", NGINX))
        : program("nginx", NGINX);
  }

  private static Optional<Path> inPath(String name) {
    return Arrays.stream(String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder).resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// The Python interpreter named by `PENSTOCK_TEST_PYTHON`; skips or fails without one.
  public static Path python() {
    return program("python", PYTHON);
  }

  /// A file or folder of the shared test data (the folder `shared` beside the repository), named
  /// relative to it; skips or fails where it is not there.
  public static Path shared(String name) {
    Path path = sharedFolder().resolve(name).normalize();
    if (Files.exists(path)) {
      return path;
    }
    throw missing(required("shared"), "shared", "there is no " + path);
  }

  private static Path sharedFolder() {
    return Path.of("").toAbsolutePath().resolveSibling("shared");
  }

  private static Path program(String part, String variable) {
    String value = Optional.ofNullable(System.getenv(variable)).orElse("");
    if (value.isEmpty()) {
      throw missing(required(part), part, "the variable " + variable + " is not set");
    }
    Path program = Path.of(value);
    if (Files.isExecutable(program)) {
      return program;
    }
    throw missing(required(part), part, variable + " is no program: " + program);
  }

  private static boolean required(String part) {
    return required(part, System.getenv(REQUIRE));
  }

  static boolean required(String part, @Nullable String list) {
    return list != null && Arrays.asList(list.split(",")).contains(part);
  }

  /// What a test throws that lacks a part of its surroundings: a failure if it is required, else a
  /// skip that says so on standard error.
  static RuntimeException missing(boolean required, String part, String what) {
    if (required) {
      return new IllegalStateException(what + ", and " + REQUIRE + " asks for " + part);
    }
    System.err.println("SKIPPED (no " + part + "): " + what);
    return new TestAbortedException(what);
  }
}
