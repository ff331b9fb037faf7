package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareTest {
  @ParameterizedTest
  @CsvSource({
    "RANK, WORLD_SIZE",
    "SLURM_PROCID, SLURM_NTASKS",
    "OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE"
  })
  void theLaunchersVariablesAreKnown(String rank, String worldSize) {
    assertThat(Share.fromEnvironment(Map.of(rank, "3", worldSize, " 8", "PATH", "/bin")))
        .isEqualTo(new Share(3, 8));
  }

  @Test
  void theInnermostLauncherCounts_whenThereAreTwo() {
    Map<String, String> both =
        Map.of("RANK", "5", "WORLD_SIZE", "8", "SLURM_PROCID", "1", "SLURM_NTASKS", "2");
    assertThat(Share.fromEnvironment(both)).isEqualTo(new Share(5, 8));
  }

  @Test
  void aProcessWithoutALauncherIsTheOnlyRank() {
    assertThat(Share.fromEnvironment(Map.of("HOME", "/root"))).isEqualTo(Share.WHOLE);
  }

  @Test
  void halfAPairOrNoNumberIsRefused() {
    assertRefused(Map.of("RANK", "1"), "has RANK but not WORLD_SIZE");
    assertRefused(Map.of("SLURM_NTASKS", "1"), "has SLURM_NTASKS but not SLURM_PROCID");
    assertRefused(Map.of("RANK", "one", "WORLD_SIZE", "2"), "RANK=one");
    assertRefused(Map.of("RANK", "2", "WORLD_SIZE", "2"), "rank 2 is not in 0 to 1");
  }

  private static void assertRefused(Map<String, String> environment, String words) {
    assertThatThrownBy(() -> Share.fromEnvironment(environment))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(words);
  }
}
