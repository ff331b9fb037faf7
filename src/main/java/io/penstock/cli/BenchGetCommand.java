package io.penstock.cli;

import io.penstock.Penstock;
import io.penstock.bench.Contender;
import io.penstock.bench.GetBench;
import io.penstock.bench.GetComparison;
import io.penstock.bench.GetResult;
import io.penstock.bench.GetRound;
import io.penstock.bench.Launch;
import io.penstock.bench.ServicePlace;
import io.penstock.bench.Spread;
import io.penstock.load.LoaderStats;
import io.penstock.store.StoreCounts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Reads ranges of objects.
@CommandLine.Command(
    name = "get",
    description = "Read ranges of objects at random places, and measure the way to the store.")
@SuppressWarnings("NullAway.Init") // picocli sets the argument
final class BenchGetCommand extends Command {
  private static final String CONTEND = "--contend";
  private static final String BASELINES = "baselines";

  @Mixin final StoreOptions stores = new StoreOptions();

  @Parameters(
      index = "0",
      paramLabel = "URI",
      description = "Where the objects are: s3://BUCKET/PREFIX, or a directory.")
  String uri;

  @Option(
      names = "--range",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "Length of each range. Default: 8MiB.")
  long range = 8L << 20;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description =
          "Make an object of this length, read it, and delete it. Default: read what is there.")
  @Nullable Long size;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Ranges asked for at once. Default: 32.")
  int concurrency = 32;

  @Option(names = "--requests", paramLabel = "N", description = "Measured ranges. Default: 1000.")
  int requests = 1_000;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Ranges before measuring begins. Default: 100.")
  int warmUp = 100;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the places. Default: 0.")
  long seed;

  @Option(
      names = "--crc32c",
      description = "Compute the CRC-32C of each range that came, and measure that too.")
  boolean crc32c;

  @Option(
      names = "--against",
      paramLabel = "NAME",
      split = ",",
      description =
          "Compare, in turn and each in a process of its own, with raw (sockets), http"
              + " (java.net.http), sdk-apache, sdk-netty, crt (clients of the SDK).")
  List<String> against = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "With --against: how often each reads all ranges. Default: 5.")
  int rounds = 5;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "With --against: also write a page with plots.")
  @Nullable Path html;

  @Option(
      names = "--baselines",
      paramLabel = "DIR",
      description =
          "The libraries of sdk-netty and crt, fetched by mvn -f docs/benchmarks/baselines"
              + " package. Default: target/baselines.")
  @Nullable Path baselines;

  @Option(names = CONTEND, hidden = true, description = "Read as this one, when told to.")
  @Nullable String contend;

  @Override
  public Integer call() {
    OptionalLong makes = size == null ? OptionalLong.empty() : OptionalLong.of(size);
    GetBench.Options options =
        new GetBench.Options(uri, makes, range, concurrency, requests, warmUp, seed, crc32c);
    List<Contender> others = against.stream().map(Contender::named).toList();
    if (contend != null) {
      contend(Contender.named(contend), options);
    } else if (others.isEmpty()) {
      try (Penstock penstock = stores.penstock(0)) {
        print(document(new GetBench(penstock, options, terminal().nanoTime()).run()));
      }
    } else {
      compare(others, options);
    }
    return SUCCESS;
  }

  private void contend(Contender contender, GetBench.Options options) {
    if (contender != Contender.PENSTOCK) {
      stores.transport = "nio"; // of ours only the list of objects is needed, beside another Netty
    }
    try (Penstock penstock = stores.penstock(0)) {
      new GetBench(penstock, options, terminal().nanoTime())
          .contend(contender, place(), System.in, terminal().out());
    }
  }

  private void compare(List<Contender> others, GetBench.Options options) {
    ServicePlace place = place();
    place.check(others);
    List<String> arguments =
        new ArrayList<>(spec.root().commandLine().getParseResult().originalArgs());
    arguments.add(CONTEND);
    Path folder = baselines == null ? Launch.besideProgram(BASELINES) : baselines;
    try (Penstock penstock = stores.penstock(0)) {
      GetComparison comparison =
          new GetBench(penstock, options, terminal().nanoTime())
              .compare(others, rounds, new Launch(Main.class.getName(), arguments, folder));
      Document document = document(comparison);
      if (html != null) {
        GetPage.write(html, "bench get " + uri, comparison, document);
      }
      print(document);
    }
  }

  private ServicePlace place() {
    return ServicePlace.of(
        stores.endpoint(terminal().environment()),
        Optional.ofNullable(stores.region),
        stores.anonymous);
  }

  private Document document(GetComparison comparison) {
    List<String> essence = new ArrayList<>();
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    List<Map<String, @Nullable Object>> measured = new ArrayList<>();
    for (GetComparison.Side side : comparison.sides()) {
      Document.Fields row = row(comparison, side);
      rows.add(row.map());
      essence.add(
          String.format(
              Locale.ROOT,
              "%s: %.3f GB/s, %.3f CPU s/GB, %.1f us a request; penstock is %.2f and %.2f of it",
              side.contender().id(),
              side.over(GetRound::bytesPerSecond).median() / 1e9,
              side.over(GetRound::cpuSecondsPerGB).median(),
              side.over(GetRound::cpuMicrosPerRequest).median(),
              comparison.ratio(side, GetRound::bytesPerSecond).median(),
              comparison.ratio(side, GetRound::cpuSecondsPerGB).median()));
      for (int i = 0; i < side.rounds().size(); i++) {
        measured.add(
            figures(
                    new Document.Fields()
                        .with("round", i + 1)
                        .with("contender", side.contender().id()),
                    side.rounds().get(i))
                .map());
      }
    }
    return Document.object(
        new Document.Fields()
            .with("uri", comparison.store())
            .with("endpoint", stores.endpoint)
            .with("transport", stores.transport)
            .with("objects", comparison.objects())
            .with("rangeBytes", new ByteCount(range))
            .with("concurrency", concurrency)
            .with("requests", requests)
            .with("rounds", rounds)
            .with("crc32c", crc32c)
            .with("contenders", rows)
            .with("measured", measured),
        "contenders",
        essence);
  }

  private static Document.Fields row(GetComparison comparison, GetComparison.Side side) {
    Spread rate = comparison.ratio(side, GetRound::bytesPerSecond);
    Spread cpu = comparison.ratio(side, GetRound::cpuSecondsPerGB);
    return new Document.Fields()
        .with("contender", side.contender().id())
        .with("with", side.with())
        .with("bytesPerSecond", side.over(GetRound::bytesPerSecond).median())
        .with("cpuSecondsPerGB", side.over(GetRound::cpuSecondsPerGB).median())
        .with("cpuMicrosPerRequest", side.over(GetRound::cpuMicrosPerRequest).median())
        .with("heapBytesPerGB", side.over(GetRound::heapBytesPerGB).median())
        .with("collections", side.over(GetRound::collections).median())
        .with("requestMillisMedian", side.over(GetRound::millisMedian).median())
        .with("requestMillisP99", side.over(GetRound::millisP99).median())
        .with("rateRatio", rate.median())
        .with("rateRatioLeast", rate.least())
        .with("rateRatioMost", rate.most())
        .with("cpuRatio", cpu.median())
        .with("cpuRatioLeast", cpu.least())
        .with("cpuRatioMost", cpu.most());
  }

  private static Document.Fields figures(Document.Fields fields, GetRound round) {
    return fields
        .with("seconds", round.seconds())
        .with("bytesFetched", new ByteCount(round.bytes()))
        .with("bytesPerSecond", round.bytesPerSecond())
        .with("requestsPerSecond", round.requests() / round.seconds())
        .with("cpuSecondsPerGB", round.cpuSecondsPerGB())
        .with("cpuMicrosPerRequest", round.cpuMicrosPerRequest())
        .with("heapBytesPerGB", round.heapBytesPerGB())
        .with("collections", round.collections())
        .with("requestMillisMedian", round.millisMedian())
        .with("requestMillisP99", round.millisP99());
  }

  private Document document(GetResult result) {
    StoreCounts.Reads reads = result.counts().reads();
    GetRound round = result.figures();
    Document.Fields fields =
        figures(
                new Document.Fields()
                    .with("uri", result.store())
                    .with("endpoint", stores.endpoint)
                    .with("transport", stores.transport)
                    .with("objects", result.objects())
                    .with("rangeBytes", new ByteCount(result.rangeBytes()))
                    .with("concurrency", result.concurrency())
                    .with("requests", round.requests()),
                round)
            .with("retries", result.counts().repeated())
            .with("throttled", result.counts().throttled());
    BenchCommand.sending(
        fields,
        new LoaderStats.Sending(
            reads.stalled(),
            reads.hedged(),
            reads.hedgesWon(),
            reads.stolen(),
            reads.concurrency()));
    return Document.object(
        fields.with(
            "peakRssBytes",
            result.peakRssBytes().isPresent()
                ? new ByteCount(result.peakRssBytes().getAsLong())
                : null),
        String.format(
            Locale.ROOT,
            "%.3f GB/s, %.3f CPU s/GB, %.1f us a request",
            round.bytesPerSecond() / 1e9,
            round.cpuSecondsPerGB(),
            round.cpuMicrosPerRequest()));
  }
}
