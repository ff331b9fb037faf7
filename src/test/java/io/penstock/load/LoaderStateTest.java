package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LoaderStateTest {
  private static final LoaderState STATE =
      new LoaderState("ab".repeat(32), "0123", -7, 3, 512, 256, 64, 192, -1);

  @Test
  void stateComesBack_fromJsonAndFromBytes() {
    assertThat(LoaderState.fromJson(STATE.toJson())).isEqualTo(STATE);
    assertThat(LoaderState.fromBytes(STATE.toBytes())).isEqualTo(STATE);
    assertThat(STATE.toBytes()).hasSizeLessThan(112);
  }

  @Test
  void jsonIsWhatItAlwaysWas() {
    assertThat(STATE.toJson())
        .isEqualTo(
            "{\"format\":1,\"algorithm\":\"penstock-order-1\",\"content\":\""
                + "ab".repeat(32)
                + "\",\"view\":\"0123\",\"seed\":\"fffffffffffffff9\",\"epoch\":3,\"samples\":512,"
                + "\"batch\":256,\"lanes\":64,\"run\":192,\"options\":\"ffffffffffffffff\"}");
  }

  @Test
  void bytesAreRefused_whenOneOfThemIsChangedOrMissing() {
    byte[] bytes = STATE.toBytes();
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x10;
      assertThatThrownBy(() -> LoaderState.fromBytes(damaged)).isInstanceOf(RefusedException.class);
      byte[] cut = Arrays.copyOf(bytes, at);
      assertThatThrownBy(() -> LoaderState.fromBytes(cut)).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void jsonIsRefusedOrRead_whateverItIs() {
    long seed = new Random().nextLong();
    System.out.println("LoaderStateTest seed " + seed);
    Random random = new Random(seed);
    char[] alphabet = "{}\":,0123456789abcdefghijklmnopqrstuvwxyz- ".toCharArray();
    for (int i = 0; i < 2000; i++) {
      char[] text = STATE.toJson().toCharArray();
      for (int changes = random.nextInt(3); changes >= 0; changes--) {
        text[random.nextInt(text.length)] = alphabet[random.nextInt(alphabet.length)];
      }
      try {
        LoaderState read = LoaderState.fromJson(new String(text));
        assertThat(LoaderState.fromJson(read.toJson())).isEqualTo(read);
      } catch (RefusedException e) {
        assertThat(e.getMessage()).startsWith("a loader's state");
      }
    }
  }

  @Test
  void jsonIsRefusedWithTheMember_whenOneIsMissingOrUnknownOrTwice() {
    String json = STATE.toJson();
    assertThatThrownBy(() -> LoaderState.fromJson(json.replace("\"epoch\":3,", "")))
        .hasMessageContaining("member epoch is missing");
    assertThatThrownBy(() -> LoaderState.fromJson(json.replace("}", ",\"more\":1}")))
        .hasMessageContaining("[more] are not known");
    assertThatThrownBy(() -> LoaderState.fromJson(json.replace("}", ",\"epoch\":3}")))
        .hasMessageContaining("member epoch twice");
    assertThatThrownBy(() -> LoaderState.fromJson(json.replace("order-1", "order-2")))
        .hasMessageContaining("this library knows");
  }

  @Test
  void optionsHashDiffers_whenAnythingDoes() {
    OrderShape lanes = OrderShape.lanes(8, 16, 4);
    assertThat(
            java.util.stream.LongStream.of(
                    LoaderState.optionsHash(lanes, Remainder.DROP, ""),
                    LoaderState.optionsHash(lanes, Remainder.PAD, ""),
                    LoaderState.optionsHash(lanes.withStickyHomes(), Remainder.DROP, ""),
                    LoaderState.optionsHash(OrderShape.full(8), Remainder.DROP, ""),
                    LoaderState.optionsHash(lanes, Remainder.DROP, "pack"))
                .distinct()
                .count())
        .isEqualTo(5);
  }
}
