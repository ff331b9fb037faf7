package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sentences O1-DEF-01, O1-DEF-02, O1-DEF-03, O1-DEF-04, O1-DEF-05, O1-DEF-06: what is chosen where
/// nobody says otherwise.
class OrderDefaultsTest {
  @ParameterizedTest(name = "batch {4}: {5} samples a run, {6} lanes")
  @CsvSource({
    // images of 12 KiB in chunks of 64, stored in 78 %
    "65536, 64, 9600, 786432, 32, 448, 32",
    "65536, 64, 9600, 786432, 256, 192, 64",
    "65536, 64, 9600, 786432, 1000, 192, 50",
    "65536, 64, 9600, 786432, 4096, 192, 64",
    // pictures of 110 kB in chunks of 8
    "1200000, 8, 110000, 880000, 32, 80, 192",
    "1200000, 8, 110000, 880000, 256, 40, 256",
    "1200000, 8, 110000, 880000, 1000, 80, 200",
    "1200000, 8, 110000, 880000, 4096, 40, 256",
    // embeddings of 3 KiB in chunks of 340
    "1000000000, 340, 3072, 1044480, 32, 2720, 192",
    "1000000000, 340, 3072, 1044480, 256, 1360, 256",
    "1000000000, 340, 3072, 1044480, 1000, 2720, 200",
    "1000000000, 340, 3072, 1044480, 4096, 1360, 256"
  })
  void runsAndLanesFollowFromTheVersionAndTheBatch(
      long samples,
      long group,
      long storedOfSample,
      long decodedGroup,
      long batch,
      long runSamples,
      long lanes) {
    VersionFigures figures =
        new VersionFigures(samples * storedOfSample, samples * decodedGroup / group, decodedGroup);
    SampleSpace space = Shapes.equal(1, samples, group);
    assertThat(SampleOrder.defaultShape(space, figures, batch, figures.defaultOrderMemory()))
        .isEqualTo(OrderShape.lanes(batch, runSamples, lanes));
  }

  @Test
  void memoryIsFourPercentOfTheVersion_withinLimits() {
    assertThat(new VersionFigures(1000, 0, 0).defaultOrderMemory()).isEqualTo(128L << 20);
    assertThat(new VersionFigures(10L << 30, 0, 0).defaultOrderMemory())
        .isEqualTo((10L << 30) / 25);
    assertThat(new VersionFigures(1L << 50, 0, 0).defaultOrderMemory()).isEqualTo(1L << 30);
  }

  @Test
  void everythingIsPermutedAtOnce_whenTheVersionFitsTheMemory() {
    SampleSpace space = Shapes.equal(1, 1_000, 10);
    VersionFigures figures = new VersionFigures(1_000, 5_000, 50);
    assertThat(SampleOrder.defaultShape(space, figures, 32, 5_000)).isEqualTo(OrderShape.full(32));
    assertThat(SampleOrder.defaultShape(SampleSpace.of(List.of()), figures, 32, 1))
        .isEqualTo(OrderShape.full(32));
  }

  @Test
  void runsHaveTheSameBytes_whenAViewKeepsATenth() {
    VersionFigures figures = new VersionFigures(110_000_000_000L, 110_000_000_000L, 880_000);
    Random random = new Random(1);
    long[] live = new long[2 * 100_000];
    for (int i = 0; i < 100_000; i++) {
      live[2 * i] = i * 10L + random.nextInt(9);
      live[2 * i + 1] = live[2 * i] + 1;
    }
    SampleSpace view = SampleSpace.of(List.of(FragmentRows.of(1_000_000, 8, live)));
    OrderShape shape = SampleOrder.defaultShape(view, figures, 32, 1L << 30);
    OrderShape whole =
        SampleOrder.defaultShape(Shapes.equal(1, 1_000_000, 8), figures, 32, 1L << 30);
    assertThat(shape.runSamples()).isEqualTo(whole.runSamples() / 10);
    assertThat(shape.lanes()).isEqualTo(whole.lanes());
  }

  @Test
  void tooFewLanesAreRefusedWithWhatWouldDo() {
    SampleSpace space = Shapes.equal(1, 100_000, 8);
    VersionFigures figures = new VersionFigures(100_000_000_000L, 100_000_000_000L, 8_000_000);
    assertThatThrownBy(() -> SampleOrder.defaultShape(space, figures, 62, 400_000_000))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("batch 62")
        .hasMessageContaining("31 lanes; at least 32")
        .hasMessageContaining("a batch of 64 or an orderMemory of 800000000");
    assertThat(SampleOrder.defaultShape(space, figures, 64, 400_000_000).lanes()).isEqualTo(32);
    assertThat(SampleOrder.defaultShape(space, figures, 62, 800_000_000).lanes()).isEqualTo(62);
    assertThatThrownBy(() -> SampleOrder.defaultShape(space, figures, 62, 0))
        .hasMessageContaining("orderMemory 0");
  }

  @Test
  void whatIsChosenKeepsItsPromises_inRandomVersions() {
    int chosen = 0;
    for (int n = 0; n < 500; n++) {
      Random random = new Random(n);
      long samples = 1 + random.nextLong(1L << (8 + random.nextInt(30)));
      long group = 1L + random.nextInt(400);
      long bytes = 1L + random.nextInt(200_000);
      long batch = 1L + random.nextInt(2_000);
      SampleSpace space = Shapes.equal(1, samples, group);
      VersionFigures figures = new VersionFigures(samples * bytes, samples * bytes, group * bytes);
      long memory = figures.defaultOrderMemory();
      OrderShape shape;
      try {
        shape = SampleOrder.defaultShape(space, figures, batch, memory);
      } catch (RefusedException refused) {
        assertThat(refused).hasMessageContaining("orderMemory of");
        continue;
      }
      if (shape.level() == OrderShape.Level.LANES) {
        chosen++;
        assertThat(shape.lanes()).isGreaterThanOrEqualTo(Math.min(batch, 32));
        assertThat(shape.runSamples() % group).isZero();
        assertThat(shape.lanes() * (shape.runSamples() * bytes / 2 + group * bytes))
            .as("seed %s", n)
            .isLessThanOrEqualTo(memory);
        assertThat(samples / shape.runSamples()).isGreaterThanOrEqualTo(3 * shape.lanes());
      }
    }
    assertThat(chosen).isGreaterThan(50);
  }
}
