package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// How this program is started again, in a process of its own: the same JVM with the same flags.
///
/// @param mainClass of the program
/// @param arguments of the program; `=` and the contender's name are put behind the last one
/// @param baselines the folder of the libraries that Penstock does not bring
public record Launch(String mainClass, List<String> arguments, Path baselines) {
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  /// Copies the list.
  public Launch {
    arguments = List.copyOf(arguments);
  }

  /// A folder beside the program's jar, or beside its classes.
  public static Path besideProgram(String name) {
    try {
      URI program = Launch.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      return Path.of(program).resolveSibling(name);
    } catch (URISyntaxException e) {
      throw new RefusedException(ErrorCode.INTERNAL, "cannot tell where the program is: " + e, e);
    }
  }

  List<String> command(Contender contender) {
    List<String> command = new ArrayList<>();
    command.add(JAVA.toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    if (contender.elsewhere()) {
      command.add("--sun-misc-unsafe-memory-access=allow"); // Netty 4.1 would be warned of it
    }
    command.add("-cp");
    command.add(classPath(contender));
    command.add(mainClass);
    command.addAll(arguments.subList(0, arguments.size() - 1));
    command.add(arguments.getLast() + "=" + contender.id());
    return command;
  }

  /// What a contender brings goes first: its Netty wins over ours.
  private String classPath(Contender contender) {
    String own = System.getProperty("java.class.path");
    if (!contender.elsewhere()) {
      return own;
    }
    if (!hasJars()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          contender.id()
              + " needs libraries that are not in "
              + baselines
              + "; fetch them: mvn -f docs/benchmarks/baselines package");
    }
    return baselines.resolve("*") + File.pathSeparator + own;
  }

  private boolean hasJars() {
    if (!Files.isDirectory(baselines)) {
      return false;
    }
    try (Stream<Path> files = Files.list(baselines)) {
      return files.anyMatch(file -> file.toString().endsWith(".jar"));
    } catch (IOException e) {
      throw new TransientException(ErrorCode.INTERNAL, "cannot read " + baselines + ": " + e, e);
    }
  }
}
