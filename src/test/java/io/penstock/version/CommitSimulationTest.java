package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The promises S1–S7, S10, L1, L2 and L6 under thousands of seeded histories of faults. How many
/// is set by `-Dpenstock.simulation.seeds`, where they start by `-Dpenstock.simulation.first`; a
/// failure tells the seed, which is run alone with `first` and one seed.
class CommitSimulationTest {
  // Specification: V1-KEY-05, V1-REC-01, V1-REC-16, V1-COM-02, V1-COM-03, V1-COM-04, V1-COM-05,
  // V1-COM-06, V1-COM-07

  private static final long SEEDS = Long.getLong("penstock.simulation.seeds", 20_000);
  private static final long FIRST = Long.getLong("penstock.simulation.first", 0);

  /// Each mistake shows within so many seeds, or the simulation has become blind to it.
  private static final long SEEDS_FOR_A_MISTAKE = 1_000;

  @Test
  void promisesHold_whateverGoesWrong() throws InterruptedException, ExecutionException {
    int workers = Runtime.getRuntime().availableProcessors();
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      List<Future<?>> runs = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        long first = FIRST + worker;
        runs.add(
            threads.submit(() -> {
              for (long seed = first; seed < FIRST + SEEDS; seed += workers) {
                new CommitSimulation(seed, Workings::of).run();
              }
            }));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(PlantedMistake.class)
  void plantedMistakeIsFound(PlantedMistake mistake) {
    long found =
        LongStream.range(0, SEEDS_FOR_A_MISTAKE)
            .filter(seed -> isFound(mistake, seed))
            .findFirst()
            .orElse(-1);
    assertThat(found).as("first seed that finds %s", mistake).isNotNegative();
  }

  private static boolean isFound(PlantedMistake mistake, long seed) {
    try {
      new CommitSimulation(seed, mistake::assemble).run();
      return false;
    } catch (AssertionError _) {
      return true;
    }
  }
}
