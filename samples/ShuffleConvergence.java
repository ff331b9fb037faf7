import io.penstock.Dataset;
import io.penstock.DatasetWriter;
import io.penstock.Penstock;
import io.penstock.Samples;
import io.penstock.Version;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.Order;
import io.penstock.load.OrderShape;
import io.penstock.load.ShuffleMeter;
import io.penstock.load.ShuffleReport;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// How much a model learns from data that is stored in the worst order, sorted by label, when it is
/// read in one order or another, each with the same memory: with a learning rate that stays as it
/// is, which shows what an order does to the model from batch to batch, and with one that falls to
/// zero, which forgives much.
///
/// Run it after `mvn package`; it takes some minutes, and one core:
///
/// ```
/// java --enable-native-access=ALL-UNNAMED -cp 'target/classes:target/lib/*' \
///     samples/ShuffleConvergence.java
/// ```
///
/// Options: `--task synthetic` or `--task fashion` for one task only, `--seeds 3`, `--samples N`
/// and `--epochs N` for shorter runs, `--format json`. The result is the same on every run.
final class ShuffleConvergence {
  private static final double[] MEMORY = {0.01, 0.02, 0.04, 0.10};
  private static final double WRITE_MEMORY = 0.04;

  private ShuffleConvergence() {}

  public static void main(String[] args) throws IOException {
    Map<String, String> options = options(args);
    int seeds = Integer.parseInt(options.getOrDefault("seeds", "3"));
    List<Task> tasks = new ArrayList<>();
    String only = options.getOrDefault("task", "both");
    if (!only.equals("fashion")) {
      tasks.add(Task.synthetic(Integer.parseInt(options.getOrDefault("samples", "50000"))));
    }
    if (!only.equals("synthetic")) {
      tasks.add(Task.fashion(Integer.parseInt(options.getOrDefault("samples", "6480"))));
    }
    boolean json = options.getOrDefault("format", "table").equals("json");
    List<Result> results = new ArrayList<>();
    for (Task task : tasks) {
      int epochs = Integer.parseInt(options.getOrDefault("epochs", "" + task.epochs));
      List<Result> ofTask = new Experiment(task, seeds, epochs).run();
      results.addAll(ofTask);
      if (!json) {
        printTable(task, epochs, seeds, ofTask);
      }
    }
    if (json) {
      System.out.println(
          results.stream().map(Result::json).collect(Collectors.joining(",\n ", "[", "]")));
    }
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
    }
    if (args.length % 2 != 0
        || !List.of("task", "seeds", "samples", "epochs", "format").containsAll(options.keySet())) {
      throw new IllegalArgumentException(
          "options: --task synthetic|fashion|both --seeds N --samples N --epochs N"
              + " --format table|json");
    }
    return options;
  }

  private static void printTable(Task task, int epochs, int seeds, List<Result> results) {
    System.out.printf(
        Locale.ROOT,
        "%n%s: %d samples sorted by %d labels, runs of %d, chunks of %d, batches of %d, %d epochs,"
            + " %d seeds%n%n",
        task.name,
        task.count(),
        task.labels,
        task.run,
        task.chunk,
        task.batch,
        epochs,
        seeds);
    System.out.println(
        "| order | memory | accuracy %, constant rate | falling rate | same-run pairs of a batch %"
            + " | label χ²/df: batch | 32 batches | last 16 |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
    results.forEach(result -> System.out.println(result.row()));
  }

  /// What one order led to.
  ///
  /// @param memory share of the samples that is resident; 1 for all
  /// @param constant accuracies on samples that were not learnt from, one for each seed, with a
  ///   rate that stays
  /// @param falling the same with a rate that falls to zero
  /// @param pairs mean share of the pairs of a batch that come from one run
  /// @param batch label χ² for each degree of freedom
  /// @param several the same for 32 batches
  /// @param last the same for the last 16 batches of an epoch
  private record Result(
      String task,
      String order,
      double memory,
      List<Double> constant,
      List<Double> falling,
      double pairs,
      double batch,
      double several,
      double last) {
    private static double mean(List<Double> accuracies) {
      return accuracies.stream().mapToDouble(accuracy -> accuracy).average().orElseThrow();
    }

    /// Standard deviation between the seeds.
    private static double spread(List<Double> accuracies) {
      double mean = mean(accuracies);
      double squares = accuracies.stream().mapToDouble(a -> Math.pow(a - mean, 2)).sum();
      return Math.sqrt(squares / Math.max(1, accuracies.size() - 1));
    }

    String row() {
      return String.format(
          Locale.ROOT,
          "| %s | %.1f %% | %.1f ± %.1f | %.1f ± %.1f | %.2f | %.1f | %.1f | %.1f |",
          order,
          100 * memory,
          100 * mean(constant),
          100 * spread(constant),
          100 * mean(falling),
          100 * spread(falling),
          100 * pairs,
          batch,
          several,
          last);
    }

    String json() {
      return String.format(
          Locale.ROOT,
          "{\"task\":\"%s\",\"order\":\"%s\",\"memory\":%.4f,\"constantRate\":%s,"
              + "\"fallingRate\":%s,\"sameRunPairs\":%s,\"chiSquareBatch\":%s,"
              + "\"chiSquareBatches\":%s,\"chiSquareEnd\":%s}",
          task,
          order,
          memory,
          constant.stream().map(Result::number).toList(),
          falling.stream().map(Result::number).toList(),
          number(pairs),
          number(batch),
          number(several),
          number(last));
    }

    private static String number(double value) {
      return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.6f", value);
    }
  }

  /// What is to be learnt: samples that are stored sorted by label, others to test with, and a
  /// model and a store of a size that suits them.
  private static final class Task {
    final String name;
    final int labels;
    final int features;
    int run;
    int chunk;
    int batch;
    int hidden;
    int epochs;
    float rate;
    float[] stored = {};
    int[] label = {};
    float[] test = {};
    int[] testLabel = {};

    private Task(String name, int labels, int features) {
      this.name = name;
      this.labels = labels;
      this.features = features;
    }

    int count() {
      return label.length;
    }

    /// Samples that a lane holds on average: half a run, and a chunk that is being decoded.
    int laneSamples() {
      return run / 2 + chunk;
    }

    /// A hundred clouds that overlap.
    static Task synthetic(int count) {
      Task task = new Task("synthetic", 100, 32);
      task.run = 40;
      task.chunk = 5;
      task.batch = 40;
      task.hidden = 64;
      task.epochs = 5;
      task.rate = 0.05f;
      SplittableRandom random = new SplittableRandom(7);
      float[] centres = new float[task.labels * task.features];
      for (int i = 0; i < centres.length; i++) {
        centres[i] = (float) (0.62 * random.nextGaussian());
      }
      task.label = IntStream.range(0, count).map(i -> (int) (i * 100L / count)).toArray();
      task.testLabel = IntStream.range(0, 10_000).map(i -> i % 100).toArray();
      task.stored = clouds(centres, task.features, task.label, random);
      task.test = clouds(centres, task.features, task.testLabel, random);
      return task;
    }

    private static float[] clouds(
        float[] centres, int features, int[] labels, SplittableRandom random) {
      float[] clouds = new float[labels.length * features];
      for (int i = 0; i < clouds.length; i++) {
        clouds[i] =
            centres[labels[i / features] * features + i % features] + (float) random.nextGaussian();
      }
      return clouds;
    }

    /// The 900 images that the demo has: of each class 72 are learnt, each also moved by a pixel in
    /// eight directions; 18 are for the test.
    static Task fashion(int most) throws IOException {
      Task task = new Task("fashion-mnist-900", 10, 28 * 28);
      task.run = 8;
      task.chunk = 2;
      task.batch = 20;
      task.hidden = 32;
      task.epochs = 10;
      task.rate = 0.02f;
      byte[] images = resource("images-idx3-ubyte.gz", 16);
      byte[] classes = resource("labels-idx1-ubyte.gz", 8);
      List<Integer> byClass =
          IntStream.range(0, classes.length)
              .boxed()
              .sorted(Comparator.comparing((Integer i) -> classes[i]))
              .toList();
      List<Integer> learnt = byClass.stream().filter(i -> i / 10 % 5 != 0).toList();
      List<Integer> tested = byClass.stream().filter(i -> i / 10 % 5 == 0).toList();
      int copies = Math.clamp(most / learnt.size(), 1, 9);
      task.stored = new float[learnt.size() * copies * task.features];
      task.label = new int[learnt.size() * copies];
      for (int i = 0; i < task.label.length; i++) {
        int image = learnt.get(i / copies);
        task.label[i] = classes[image];
        int move = i % copies;
        moved(images, image, (move + 1) % 3 - 1, (move / 3 + 1) % 3 - 1, task.stored, i);
      }
      task.test = new float[tested.size() * task.features];
      task.testLabel = new int[tested.size()];
      for (int i = 0; i < tested.size(); i++) {
        task.testLabel[i] = classes[tested.get(i)];
        moved(images, tested.get(i), 0, 0, task.test, i);
      }
      return task;
    }

    private static void moved(byte[] images, int image, int dx, int dy, float[] to, int sample) {
      for (int y = Math.max(0, dy); y < Math.min(28, 28 + dy); y++) {
        for (int x = Math.max(0, dx); x < Math.min(28, 28 + dx); x++) {
          int pixel = images[(image * 28 + y - dy) * 28 + x - dx] & 0xFF;
          to[(sample * 28 + y) * 28 + x] = pixel / 255f;
        }
      }
    }

    private static byte[] resource(String name, int header) throws IOException {
      try (InputStream file = Penstock.class.getResourceAsStream("cli/demo/" + name);
          DataInputStream in = new DataInputStream(new GZIPInputStream(file))) {
        in.skipNBytes(header);
        return in.readAllBytes();
      }
    }
  }

  /// A consumer of batches: features one sample behind the other, labels, and where each sample is
  /// stored.
  private interface Consumer {
    void accept(float[] features, int[] labels, long[] rows, int count);
  }

  /// The batches of one epoch after the other, in some order.
  private interface Source extends AutoCloseable {
    void epoch(int epoch, Consumer consumer);

    @Override
    default void close() {}
  }

  private interface Sources {
    Source open(long seed);
  }

  private interface EpochOrder {
    int[] of(int epoch);
  }

  private interface Permuted {
    int[] order(int samples, SplittableRandom random);
  }

  /// All orders of one task.
  private static final class Experiment {
    private final Task task;
    private final int seeds;
    private final int epochs;
    private final List<Result> results = new ArrayList<>();

    Experiment(Task task, int seeds, int epochs) {
      this.task = task;
      this.seeds = seeds;
      this.epochs = epochs;
    }

    List<Result> run() throws IOException {
      Path folder = Files.createTempDirectory("shuffle-convergence");
      try (Penstock penstock = Penstock.create();
          Dataset sorted = penstock.create(folder.resolve("sorted").toString());
          Dataset mixed = penstock.create(folder.resolve("mixed").toString())) {
        Version version = write(sorted.writer());
        double sampleBytes = Float.BYTES * task.features + Integer.BYTES;
        long window = (long) (WRITE_MEMORY * task.count() * sampleBytes);
        Version mixedVersion = write(mixed.writer().preShuffle(window, 11));
        loaded("full shuffle", 1, version, Order.full());
        for (double memory : MEMORY) {
          int lanes = lanes((int) (memory * task.count()) / task.laneSamples());
          int resident = lanes * task.laneSamples();
          double share = (double) resident / task.count();
          loaded("lanes", share, version, Order.lanes(task.run, lanes));
          Order wholeRuns = Order.lanes(task.run, lanes(resident / task.run));
          loaded("lanes, counted as whole runs", share, version, wholeRuns);
          peer("FFCV style", share, (n, random) -> drawn(n, resident, random));
          peer("py1e style", share, (n, random) -> shifted(n, resident, random));
          peer("tumbling window", share, (n, random) -> tumbling(n, resident, random));
          if (memory == MEMORY[0]) {
            loaded(
                "lanes, shuffled when written", share, mixedVersion, Order.lanes(task.run, lanes));
          }
        }
        loaded("runs", (double) task.run / task.count(), version, new Order.Runs(task.run));
        loaded("sequential", 0, version, Order.sequential());
      } finally {
        delete(folder);
      }
      return results;
    }

    /// The largest number of lanes that is not above a limit and suits the batch.
    private int lanes(int limit) {
      int lanes = Math.max(1, limit);
      while (lanes % task.batch != 0 && task.batch % lanes != 0) {
        lanes--;
      }
      return lanes;
    }

    private Version write(DatasetWriter.Builder builder) {
      try (DatasetWriter writer =
          builder
              .tensor("features", DataType.FLOAT32, Shape.of(task.features))
              .tensor("label", DataType.INT32, Shape.of())
              .chunkSamples(task.chunk)
              .open()) {
        for (int i = 0; i < task.count(); i++) {
          int from = i * task.features;
          writer.append(
              Samples.one()
                  .with("features", Arrays.copyOfRange(task.stored, from, from + task.features))
                  .with("label", task.label[i]));
        }
        return writer.commit("sorted by label");
      }
    }

    /// An order of a loader.
    private void loaded(String name, double memory, Version version, Order order) {
      measure(
          name,
          memory,
          seed -> {
            Loader loader =
                version
                    .loader()
                    .batchSize(task.batch)
                    .order(order)
                    .seed(seed)
                    .epochs(epochs)
                    .build();
            return new LoaderSource(task, loader);
          });
    }

    /// An order that others have, of samples in memory.
    private void peer(String name, double memory, Permuted permuted) {
      measure(
          name,
          memory,
          seed ->
              new MemorySource(
                  task,
                  epoch ->
                      permuted.order(
                          task.count(), new SplittableRandom(seed * 1_000_003L + epoch))));
    }

    private void measure(String name, double memory, Sources sources) {
      ShuffleMeter meter =
          ShuffleMeter.withLabels(OrderShape.full(task.batch), task.count(), task.run, task.labels);
      List<Double> constant = new ArrayList<>();
      List<Double> falling = new ArrayList<>();
      double[] quality = new double[4];
      for (int seed = 0; seed < seeds; seed++) {
        Network steady = new Network(task, seed);
        Network calming = new Network(task, seed);
        int[] steps = {0};
        float last = epochs * Math.ceilDiv(task.count(), task.batch);
        try (Source source = sources.open(seed)) {
          for (int epoch = 0; epoch < epochs; epoch++) {
            meter.begin(epoch, 0);
            source.epoch(
                epoch,
                (features, labels, rows, count) -> {
                  for (int i = 0; i < count; i++) {
                    meter.add(rows[i] / task.run, labels[i]);
                  }
                  steady.learn(features, labels, count, task.rate);
                  calming.learn(features, labels, count, task.rate * (1 - steps[0]++ / last));
                });
            add(meter.report(), quality);
          }
        }
        constant.add(steady.accuracy(task.test, task.testLabel));
        falling.add(calming.accuracy(task.test, task.testLabel));
      }
      double all = seeds * epochs;
      results.add(
          new Result(
              task.name,
              name,
              memory,
              constant,
              falling,
              quality[0] / all,
              quality[1] / all,
              quality[2] / all,
              quality[3] / all));
    }

    /// What the spans of an epoch showed; NaN for one that the epoch is too short for.
    private static void add(ShuffleReport report, double[] sums) {
      for (ShuffleReport.Span span : ShuffleReport.Span.values()) {
        Optional<ShuffleReport.Window> window = report.window(span);
        sums[1 + span.ordinal()] +=
            window.map(w -> w.labelChiSquare().orElse(Double.NaN)).orElse(Double.NaN);
        if (span == ShuffleReport.Span.BATCH) {
          sums[0] += window.map(w -> w.measured().fraction()).orElse(Double.NaN);
        }
      }
    }

    /// Runs in a random order.
    private int[] line(int n, SplittableRandom random) {
      int[] runs = IntStream.range(0, Math.ceilDiv(n, task.run)).toArray();
      shuffle(runs, 0, runs.length, random);
      return Arrays.stream(runs)
          .flatMap(run -> IntStream.range(run * task.run, Math.min(n, (run + 1) * task.run)))
          .toArray();
    }

    /// A buffer is filled with runs, shuffled and emptied, again and again.
    private int[] tumbling(int n, int resident, SplittableRandom random) {
      int[] line = line(n, random);
      int window = Math.max(1, resident / task.run) * task.run;
      for (int from = 0; from < n; from += window) {
        shuffle(line, from, Math.min(n, from + window), random);
      }
      return line;
    }

    /// Each sample of the line moves by a random distance, so far that the runs which are open at
    /// the same time fill the memory.
    private int[] shifted(int n, int resident, SplittableRandom random) {
      int[] line = line(n, random);
      double[] place = new double[n];
      int reach = Math.max(0, resident - task.run);
      for (int i = 0; i < n; i++) {
        place[i] = i + reach * (random.nextDouble() - 0.5);
      }
      return IntStream.range(0, n)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> place[i]))
          .mapToInt(i -> line[i])
          .toArray();
    }

    /// Some runs are open; a random one of them gives a random sample, and the next run takes the
    /// place of one that is used up.
    private int[] drawn(int n, int resident, SplittableRandom random) {
      int[] line = line(n, random);
      for (int from = 0; from < n; from += task.run) {
        shuffle(line, from, Math.min(n, from + task.run), random);
      }
      List<int[]> open = new ArrayList<>(); // next and end of each
      int[] order = new int[n];
      int fetched = 0;
      for (int i = 0; i < n; i++) {
        while (fetched < n && open.size() < Math.max(1, resident / task.run)) {
          open.add(new int[] {fetched, Math.min(n, fetched + task.run)});
          fetched += task.run;
        }
        int chosen = random.nextInt(open.size());
        int[] run = open.get(chosen);
        order[i] = line[run[0]++];
        if (run[0] == run[1]) {
          open.remove(chosen);
        }
      }
      return order;
    }

    private static void shuffle(int[] numbers, int from, int to, SplittableRandom random) {
      for (int i = to - 1; i > from; i--) {
        int j = from + random.nextInt(i - from + 1);
        int number = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = number;
      }
    }

    private static void delete(Path folder) throws IOException {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /// Batches of a loader.
  private record LoaderSource(Task task, Loader loader) implements Source {
    @Override
    public void epoch(int epoch, Consumer consumer) {
      float[] features = new float[task.batch * task.features];
      int[] labels = new int[task.batch];
      for (Batch batch : loader) {
        try (batch) {
          int count = batch.samples();
          MemorySegment.copy(
              batch.tensor("features").segment(),
              ValueLayout.JAVA_FLOAT,
              0,
              features,
              0,
              count * task.features);
          MemorySegment.copy(
              batch.tensor("label").segment(), ValueLayout.JAVA_INT, 0, labels, 0, count);
          consumer.accept(features, labels, batch.sampleIds(), count);
        }
      }
    }

    @Override
    public void close() {
      loader.close();
    }
  }

  /// Batches of samples in memory.
  private record MemorySource(Task task, EpochOrder orders) implements Source {
    @Override
    public void epoch(int epoch, Consumer consumer) {
      int[] order = orders.of(epoch);
      float[] features = new float[task.batch * task.features];
      int[] labels = new int[task.batch];
      long[] rows = new long[task.batch];
      for (int from = 0; from < order.length; from += task.batch) {
        int count = Math.min(task.batch, order.length - from);
        for (int i = 0; i < count; i++) {
          int row = order[from + i];
          rows[i] = row;
          labels[i] = task.label[row];
          System.arraycopy(
              task.stored, row * task.features, features, i * task.features, task.features);
        }
        consumer.accept(features, labels, rows, count);
      }
    }
  }

  /// One hidden layer, softmax, stochastic gradient descent with momentum.
  private static final class Network {
    private static final float MOMENTUM = 0.9f;

    private final int in;
    private final int hidden;
    private final int out;
    private final float[] first; // weights into the hidden layer, input after input; then biases
    private final float[] second; // weights out of it, hidden unit after hidden unit; then biases
    private final float[] firstStep;
    private final float[] secondStep;
    private final float[] active;
    private final float[] score;
    private final float[] blame;

    Network(Task task, long seed) {
      in = task.features;
      hidden = task.hidden;
      out = task.labels;
      SplittableRandom random = new SplittableRandom(seed);
      first = random(random, in, hidden);
      second = random(random, hidden, out);
      firstStep = new float[first.length];
      secondStep = new float[second.length];
      active = new float[hidden];
      score = new float[out];
      blame = new float[hidden];
    }

    private static float[] random(SplittableRandom random, int from, int to) {
      float[] weights = new float[(from + 1) * to];
      for (int i = 0; i < from * to; i++) {
        weights[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / from));
      }
      return weights;
    }

    void learn(float[] features, int[] labels, int count, float rate) {
      add(MOMENTUM - 1, firstStep, 0, firstStep, 0, firstStep.length);
      add(MOMENTUM - 1, secondStep, 0, secondStep, 0, secondStep.length);
      for (int i = 0; i < count; i++) {
        forward(features, i * in);
        softmax(1f / count);
        score[labels[i]] -= 1f / count;
        backward(features, i * in);
      }
      add(-rate, firstStep, 0, first, 0, first.length);
      add(-rate, secondStep, 0, second, 0, second.length);
    }

    double accuracy(float[] features, int[] labels) {
      int right = 0;
      for (int i = 0; i < labels.length; i++) {
        forward(features, i * in);
        int best = 0;
        for (int o = 1; o < out; o++) {
          best = score[o] > score[best] ? o : best;
        }
        right += best == labels[i] ? 1 : 0;
      }
      return (double) right / labels.length;
    }

    private void forward(float[] features, int at) {
      System.arraycopy(first, in * hidden, active, 0, hidden);
      for (int i = 0; i < in; i++) {
        add(features[at + i], first, i * hidden, active, 0, hidden);
      }
      System.arraycopy(second, hidden * out, score, 0, out);
      for (int h = 0; h < hidden; h++) {
        active[h] = Math.max(0, active[h]);
        add(active[h], second, h * out, score, 0, out);
      }
    }

    private void softmax(float weight) {
      float most = score[0];
      for (float each : score) {
        most = Math.max(most, each);
      }
      float sum = 0;
      for (int o = 0; o < out; o++) {
        score[o] = (float) Math.exp(score[o] - most);
        sum += score[o];
      }
      for (int o = 0; o < out; o++) {
        score[o] *= weight / sum;
      }
    }

    private void backward(float[] features, int at) {
      for (int h = 0; h < hidden; h++) {
        blame[h] = active[h] > 0 ? product(second, h * out, score, out) : 0;
        add(active[h], score, 0, secondStep, h * out, out);
      }
      add(1, score, 0, secondStep, hidden * out, out);
      for (int i = 0; i < in; i++) {
        add(features[at + i], blame, 0, firstStep, i * hidden, hidden);
      }
      add(1, blame, 0, firstStep, in * hidden, hidden);
    }

    private static void add(float factor, float[] from, int at, float[] to, int toAt, int count) {
      if (factor != 0) {
        for (int i = 0; i < count; i++) {
          to[toAt + i] += factor * from[at + i];
        }
      }
    }

    /// Four sums side by side: one alone would wait for each addition.
    private static float product(float[] a, int at, float[] b, int count) {
      float sum0 = 0;
      float sum1 = 0;
      float sum2 = 0;
      float sum3 = 0;
      int i = 0;
      for (; i + 4 <= count; i += 4) {
        sum0 += a[at + i] * b[i];
        sum1 += a[at + i + 1] * b[i + 1];
        sum2 += a[at + i + 2] * b[i + 2];
        sum3 += a[at + i + 3] * b[i + 3];
      }
      for (; i < count; i++) {
        sum0 += a[at + i] * b[i];
      }
      return sum0 + sum1 + (sum2 + sum3);
    }
  }
}
