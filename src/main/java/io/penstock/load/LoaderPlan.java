package io.penstock.load;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What a loader is going to do, reckoned from the version's records and the options alone: nothing
/// was read for it. Bytes and requests are of this rank, estimates good to some percent where the
/// samples of a version differ little in size. Immutable.
///
/// @param tensors that are read
/// @param order what the order is like, with all that was chosen for the version
/// @param share which rank this is
/// @param samples of an epoch, over all ranks
/// @param batches of an epoch; where they follow from the sizes of samples, reckoned from the mean
/// @param batchBytes decoded bytes of a batch
/// @param fetchedBytes stored bytes that an epoch fetches; chunks are whole, and those at the
///   borders of lanes come twice
/// @param requests GETs of an epoch, each of which fetches a whole run where memory allows it
/// @param mostRequests GETs of an epoch, if each fetches a single chunk
/// @param firstBytes stored bytes that have to be there for the first batch
/// @param firstWaits round trips, one after the other, before it is there; opening the dataset not
///   counted
/// @param leastMemoryBytes below this the loader is refused
/// @param memoryBudgetBytes of all loaders and writers together
/// @param chunkUtilisation share of the samples of the chunks that are read that belong to the view
/// @param warnings what is allowed but not wise, in words; empty if there is nothing to say
public record LoaderPlan(
    List<String> tensors,
    OrderShape order,
    Share share,
    long samples,
    long batches,
    long batchBytes,
    long fetchedBytes,
    long requests,
    long mostRequests,
    long firstBytes,
    int firstWaits,
    long leastMemoryBytes,
    long memoryBudgetBytes,
    double chunkUtilisation,
    List<String> warnings) {
  /// Copies the lists.
  public LoaderPlan {
    tensors = List.copyOf(tensors);
    warnings = List.copyOf(warnings);
  }

  /// What the GETs of an epoch cost over all ranks.
  ///
  /// @param pricePerThousand of 1,000 GETs, in any currency
  public double cost(double pricePerThousand) {
    return requests / 1000.0 * pricePerThousand * share.worldSize();
  }

  /// Stored bytes that have to arrive each second so that this rank never waits.
  ///
  /// @param step time that the consumer takes for a batch
  public double bytesPerSecondNeeded(Duration step) {
    double seconds = step.toNanos() / 1e9;
    return batches == 0 ? 0 : (double) fetchedBytes / batches / seconds;
  }

  /// How much more the label counts of batches vary than those of independent draws: 1 is ideal. It
  /// is what a [ShuffleAdvisor] says of labels that are as alike at any distance.
  ///
  /// @param intraRunCorrelation correlation of the labels of two samples of one run, 0 to 1; in
  ///   storage order, of two samples of one batch
  public double designEffect(double intraRunCorrelation) {
    if (samples == 0) {
      return 1;
    }
    return new ShuffleAdvisor(order, samples, order.runSamples(), _ -> intraRunCorrelation)
        .designEffect(1);
  }

  /// How long the first batch takes after the dataset was opened, decoding not counted.
  ///
  /// @param latency from a request to its first byte
  /// @param bytesPerSecond that the store delivers over all connections
  public Duration timeToFirstBatch(Duration latency, double bytesPerSecond) {
    return latency.multipliedBy(firstWaits).plusNanos((long) (firstBytes / bytesPerSecond * 1e9));
  }

  /// The plan in lines to read.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, "tensors", String.join(", ", tensors));
    line(text, "order", words(order));
    line(
        text,
        "rank " + share.rank() + " of " + share.worldSize(),
        batches + " batches an epoch, " + samples + " samples over all ranks");
    line(text, "batch", bytes(batchBytes) + " decoded");
    line(
        text,
        "an epoch",
        bytes(fetchedBytes)
            + " fetched in "
            + requests
            + " GETs, "
            + mostRequests
            + " if memory allows single chunks only");
    line(
        text,
        "first batch",
        bytes(firstBytes) + " after " + firstWaits + " round trips one after the other");
    line(
        text,
        "memory",
        "at least "
            + bytes(leastMemoryBytes)
            + " of a budget of "
            + bytes(memoryBudgetBytes)
            + " for all");
    if (chunkUtilisation < 1) {
      line(
          text,
          "chunks",
          String.format(
              Locale.ROOT, "%.1f %% of what is decoded belongs to it", 100 * chunkUtilisation));
    }
    warnings.forEach(warning -> line(text, "warning", warning));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-12s %s%n", name, value));
  }

  private static String words(OrderShape order) {
    String level = order.level().name().toLowerCase(Locale.ROOT);
    return switch (order.level()) {
      case SEQUENTIAL, FULL -> level + ", batches of " + order.batch();
      case RUNS -> level + " of " + order.runSamples() + " samples, batches of " + order.batch();
      case LANES ->
          order.lanes()
              + " lanes over runs of "
              + order.runSamples()
              + " samples"
              + (order.stickyHomes() ? " that stay with their rank" : "")
              + ", batches of "
              + order.batch();
    };
  }

  private static String bytes(long count) {
    if (count < 1024) {
      return count + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(count)) / 10;
    double value = count / (double) (1L << (10 * unit));
    return String.format(Locale.ROOT, "%.1f %ciB", value, "KMGTPE".charAt(unit - 1));
  }
}
