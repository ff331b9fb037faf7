package io.penstock;

import io.penstock.testing.CompiledClass;
import io.penstock.testing.CompiledClass.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The calls that the library must not make, and why: what depends on the time, on chance, on the
/// machine's settings or on threads that nobody passed in can be neither tested nor repeated.
final class ForbiddenCalls {
  /// A forbidden call. `owner` is the class that is named at the call, or `*` for any; `descriptor`
  /// is a prefix of the method's descriptor.
  private record Rule(String owner, Set<String> names, String descriptor, String instead) {
    boolean matches(Member member) {
      return (owner.equals("*") || owner.equals(member.owner()))
          && names.contains(member.name())
          && member.descriptor().startsWith(descriptor);
    }
  }

  private static final String TIME = "take the time from the clock that is passed in";
  private static final String WAIT = "wait through the part that is passed in";
  private static final String CHANCE = "take randomness and ids from what is passed in";
  private static final String THREADS = "run on the executor that is passed in";
  private static final String LOCALE = "name the locale: Locale.ROOT";
  private static final String CHARSET = "name the charset: StandardCharsets.UTF_8";
  private static final String TALK = "only the command line talks to the terminal";

  private static final List<Rule> RULES =
      List.of(
          rule("java.lang.System", TIME, "nanoTime", "currentTimeMillis"),
          rule("java.time.Clock", TIME, "systemUTC", "systemDefaultZone", "system"),
          rule("java.time.Clock", TIME, "tickMillis", "tickSeconds", "tickMinutes"),
          rule("java.time.InstantSource", TIME, "system"),
          rule("java.time.Instant", TIME, "now"),
          rule("java.time.LocalDate", TIME, "now"),
          rule("java.time.LocalDateTime", TIME, "now"),
          rule("java.time.OffsetDateTime", TIME, "now"),
          rule("java.time.ZonedDateTime", TIME, "now"),
          only("java.util.Date", "()", TIME, "<init>"),
          rule("java.lang.Thread", WAIT, "sleep"),
          rule("java.util.concurrent.TimeUnit", WAIT, "sleep"),
          rule("java.util.concurrent.locks.LockSupport", WAIT, "parkNanos", "parkUntil"),
          rule("java.util.UUID", CHANCE, "randomUUID"),
          rule("java.lang.Math", CHANCE, "random"),
          only("java.util.Random", "()", CHANCE, "<init>"),
          only("java.util.SplittableRandom", "()", CHANCE, "<init>"),
          rule("java.security.SecureRandom", CHANCE, "<init>", "getInstance", "getInstanceStrong"),
          rule("java.util.concurrent.ThreadLocalRandom", CHANCE, "current"),
          rule("java.util.random.RandomGenerator", CHANCE, "getDefault", "of"),
          only("java.util.Collections", "(Ljava/util/List;)", CHANCE, "shuffle"),
          only("*", "()Ljava/util/stream/", THREADS, "parallelStream", "parallel"),
          rule("java.util.concurrent.ForkJoinPool", THREADS, "commonPool"),
          rule("java.util.Timer", THREADS, "<init>"),
          only(
              "java.util.concurrent.CompletableFuture",
              "(Ljava/util/function/Supplier;)",
              THREADS,
              "supplyAsync"),
          only(
              "java.util.concurrent.CompletableFuture",
              "(Ljava/lang/Runnable;)",
              THREADS,
              "runAsync"),
          only("java.lang.String", "(Ljava/lang/String;", LOCALE, "format"),
          rule("java.lang.String", LOCALE, "formatted"),
          only("java.lang.String", "()", LOCALE, "toLowerCase", "toUpperCase"),
          only("java.util.Formatter", "()", LOCALE, "<init>"),
          only("java.lang.String", "()", CHARSET, "getBytes"),
          only("java.lang.String", "([B)", CHARSET, "<init>"),
          only("java.lang.String", "([BII)", CHARSET, "<init>"),
          only("java.io.ByteArrayOutputStream", "()", CHARSET, "toString"),
          rule("java.nio.charset.Charset", CHARSET, "defaultCharset"),
          only("java.io.FileReader", "(Ljava/io/File;)", CHARSET, "<init>"),
          only("java.io.FileReader", "(Ljava/lang/String;)", CHARSET, "<init>"),
          only("java.io.FileWriter", "(Ljava/io/File;)", CHARSET, "<init>"),
          only("java.io.FileWriter", "(Ljava/lang/String;)", CHARSET, "<init>"),
          only("java.io.InputStreamReader", "(Ljava/io/InputStream;)", CHARSET, "<init>"),
          only("java.io.OutputStreamWriter", "(Ljava/io/OutputStream;)", CHARSET, "<init>"),
          rule("java.lang.System", TALK, "out", "err", "exit", "console"),
          rule("java.lang.Runtime", TALK, "exit", "halt"),
          only("*", "()V", TALK, "printStackTrace"));

  private ForbiddenCalls() {}

  private static Rule rule(String owner, String instead, String... names) {
    return new Rule(owner, Set.of(names), "", instead);
  }

  private static Rule only(String owner, String descriptor, String instead, String... names) {
    return new Rule(owner, Set.of(names), descriptor, instead);
  }

  /// The forbidden calls of the library's classes. `Penstock` makes the parts that the others are
  /// given; the command line and the benches are programs.
  static List<String> inLibrary(List<CompiledClass> classes) {
    List<String> found = new ArrayList<>();
    for (CompiledClass type : classes) {
      String room = ImportTable.roomOf(type.packageName()).orElse("");
      boolean free =
          type.topLevelName().equals(ImportTable.ROOT + ".Penstock")
              || room.equals("cli")
              || room.equals("bench");
      if (!free) {
        found.addAll(in(type, RULES));
      }
    }
    return found;
  }

  /// The sleeps of the tests: a test waits for what it waits for. What simulates a slow store is
  /// free to be slow.
  static List<String> inTests(List<CompiledClass> classes) {
    List<Rule> sleeps = RULES.stream().filter(rule -> rule.instead().equals(WAIT)).toList();
    return classes.stream()
        .filter(type -> !type.packageName().equals("io.penstock.testing"))
        // What JMH generates around a bench backs off by sleeping; that is not ours.
        .filter(type -> !type.packageName().endsWith(".jmh_generated"))
        .flatMap(type -> in(type, sleeps).stream())
        .toList();
  }

  private static List<String> in(CompiledClass type, List<Rule> rules) {
    List<String> found = new ArrayList<>();
    for (Member member : type.members()) {
      for (Rule rule : rules) {
        if (rule.matches(member)) {
          found.add(type + " uses " + member.owner() + "." + member.name() + ": " + rule.instead());
        }
      }
    }
    return found;
  }
}
