package io.penstock.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class EnvironmentTest {
  @Test
  void aPartIsRequired_whenTheListNamesIt() {
    assertThat(Environment.required("python", "containers,python")).isTrue();
    assertThat(Environment.required("minio", "containers,python")).isFalse();
    assertThat(Environment.required("python", "")).isFalse();
    assertThat(Environment.required("python", null)).isFalse();
  }

  @Test
  void aMissingPartSkips_whenItIsNotRequired() {
    assertThat(Environment.missing(false, "example", "only a test of the message"))
        .isInstanceOf(TestAbortedException.class);
  }

  @Test
  void aMissingPartFails_whenItIsRequired() {
    assertThat(Environment.missing(true, "example", "nothing there"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nothing there, and PENSTOCK_REQUIRE asks for example");
  }
}
