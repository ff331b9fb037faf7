package io.penstock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RecordsTest {
  // Specification: V1-KEY-01, V1-KEY-02, V1-KEY-03, V1-KEY-06, V1-JSN-04, V1-JSN-07, V1-JSN-08,
  // V1-ROOT-03, V1-ROOT-04, V1-REC-02, V1-SHU-06, V1-RSV-02

  private static final String VERSION_KEY = ObjectKeys.version("main", 0, 12);

  private final Records records = Records.standard();

  @Test
  void aVersionComesBackEqual_whenItIsEncodedAndDecoded() {
    assertThat(records.decodeVersion(VERSION_KEY, records.encode(Examples.VERSION)))
        .isEqualTo(Examples.VERSION);
    assertThat(
            records.decodeVersion(ObjectKeys.version("main", 0, 0), records.encode(Examples.FIRST)))
        .isEqualTo(Examples.FIRST);
  }

  @Test
  void pagesComeBackEqual() {
    Page fragments = new Page.OfFragments(List.of(Examples.ENTRY, Examples.ENTRY));
    Page pages = new Page.OfPages(1, List.of(Examples.PAGE));
    assertThat(records.decodePage("k", records.encode(fragments))).isEqualTo(fragments);
    assertThat(records.decodePage("k", records.encode(pages))).isEqualTo(pages);
  }

  @Test
  void aFragmentThatWasShuffledInAnotherWayIsRead() {
    byte[] page = records.encode(new Page.OfFragments(List.of(Examples.ENTRY)));
    byte[] other = MalformedMetadataTest.resealed(page, "\"tumbling\"", "\"reservoir\"");
    assertThat(((Page.OfFragments) records.decodePage("k", other)).fragments().getFirst().shuffle())
        .hasValueSatisfying(shuffle -> assertThat(shuffle.algorithm()).isEqualTo("reservoir"));
  }

  @Test
  void refsComeBackEqual() {
    RefRecord deleted = new RefRecord("gold", 1, Examples.TIME, new RefRecord.Deleted());
    RefRecord main =
        new RefRecord("main", 0, Examples.TIME, new RefRecord.Branch(Optional.empty()));
    for (RefRecord ref : List.of(Examples.BRANCH, Examples.TAG, deleted, main)) {
      assertThat(records.decodeRef(ObjectKeys.ref(ref.name(), ref.number()), records.encode(ref)))
          .isEqualTo(ref);
    }
  }

  @Test
  void sessionHintAndRootComeBackEqual() {
    assertThat(
            records.decodeSession(
                ObjectKeys.session(Examples.SESSION), records.encode(Examples.SESSION_RECORD)))
        .isEqualTo(Examples.SESSION_RECORD);
    assertThat(records.decodeHint("hint", records.encodeHint(Long.MAX_VALUE)))
        .isEqualTo(Long.MAX_VALUE);
    assertThat(records.decodeRoot("zarr.json", records.encode(Examples.ROOT)))
        .isEqualTo(Examples.ROOT);
  }

  @Test
  void keysAreThoseOfTheSpecification() {
    assertThat(ObjectKeys.version("main", 0, 12))
        .isEqualTo("__penstock/branches/main.0/00000000000000000012.json");
    assertThat(ObjectKeys.hint("main", 3)).isEqualTo("__penstock/branches/main.3/hint");
    assertThat(ObjectKeys.ref("gold", 1))
        .isEqualTo("__penstock/refs/gold/00000000000000000001.json");
    assertThat(ObjectKeys.page("p")).isEqualTo("__penstock/pages/p");
    assertThat(ObjectKeys.session("s")).isEqualTo("__penstock/sessions/s.json");
    assertThat(ObjectKeys.catalog("f", "t")).isEqualTo("__penstock/index/f/t");
    assertThat(ObjectKeys.sketch("f", "t")).isEqualTo("__penstock/sketches/f/t");
    assertThat(ObjectKeys.metadata("f", "")).isEqualTo("f/zarr.json");
    assertThat(ObjectKeys.metadata("f", "t/values")).isEqualTo("f/t/values/zarr.json");
    assertThat(ObjectKeys.shard("f", "t", 1, 0)).isEqualTo("f/t/c/1/0");
  }

  @Test
  void namesAreThoseOfTheSpecification() {
    for (String good : List.of("a", "0.x_y-Z", "x".repeat(128))) {
      assertThat(Names.check("tensor", good)).isEqualTo(good);
    }
    for (String bad : List.of("", ".a", "-a", "_a", "a/b", "é", "a b", "x".repeat(129))) {
      assertThatThrownBy(() -> Names.check("tensor", bad)).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void theRootHasNoConsolidatedMetadata() {
    assertThat(new String(records.encode(Examples.ROOT), UTF_8)).doesNotContain("consolidated");
  }

  @Test
  void anEntrysBytesAreWhatItAddsToARecord() {
    byte[] one = records.encode(new Page.OfFragments(List.of(Examples.ENTRY)));
    byte[] two = records.encode(new Page.OfFragments(List.of(Examples.ENTRY, Examples.ENTRY)));
    assertThat(records.encodedBytes(Examples.ENTRY)).isEqualTo(two.length - one.length);
  }

  @Test
  void aFlippedBitAnywhereIsFound() {
    byte[] bytes = records.encode(Examples.VERSION);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(() -> records.decodeVersion(VERSION_KEY, flipped))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(VERSION_KEY);
    }
  }

  @Test
  void aFlippedBitInTheRootsOwnMembersIsFound() {
    String text = new String(records.encode(Examples.ROOT), UTF_8);
    String other = text.replace("ffee", "ffef");
    assertCode(
        ErrorCode.METADATA_CORRUPT,
        "crc32c",
        () -> records.decodeRoot("zarr.json", other.getBytes(UTF_8)));
  }

  @Test
  void theRootIsRead_whenAnotherProgramLaidItOutAnewAndAddedAttributes() {
    String text = new String(records.encode(Examples.ROOT), UTF_8);
    String added =
        text.replace("{\"penstock\":", "{ \"title\" : \"x\",\n\"penstock\" : ")
            .replace("\"format\":1,", "")
            .replace("\"dataset_id\"", "\"format\" : 1, \"dataset_id\"");
    assertThat(records.decodeRoot("zarr.json", added.getBytes(UTF_8))).isEqualTo(Examples.ROOT);
  }

  @Test
  void aPlainZarrGroupIsNoDataset() {
    assertThatThrownBy(() ->
            records.decodeRoot(
                "zarr.json", "{\"zarr_format\":3,\"node_type\":\"group\"}".getBytes(UTF_8)))
        .isInstanceOf(NotFoundException.class)
        .extracting(e -> ((PenstockException) e).code())
        .isEqualTo(ErrorCode.DATASET_NOT_FOUND);
  }

  @Test
  void anObjectUnderAForeignKeyIsRefused() {
    byte[] bytes = records.encode(Examples.VERSION);
    assertCode(
        ErrorCode.METADATA_CORRUPT,
        "belongs under",
        () -> records.decodeVersion(ObjectKeys.version("main", 0, 13), bytes));
  }

  @Test
  void aFormatVersionOfTheFutureIsRefusedByName() {
    assertVersionFails(
        ErrorCode.UNSUPPORTED, "version 2", t -> t.replace("\"format\":1", "\"format\":2"));
  }

  @Test
  void aFeatureOfTheFutureIsRefusedByName() {
    assertVersionFails(
        ErrorCode.UNSUPPORTED,
        "\"deletes\"",
        t -> t.replace("\"required_features\":[]", "\"required_features\":[\"deletes\"]"));
  }

  @Test
  void membersOfTheFutureAreIgnored_whenNoFeatureRequiresThem() {
    byte[] bytes = resealed(t -> t.replace("\"author\"", "\"mood\":{\"x\":[1]},\"author\""));
    assertThat(records.decodeVersion(VERSION_KEY, bytes)).isEqualTo(Examples.VERSION);
  }

  @Test
  void anUnknownTypeOrCodecIsRefusedByName() {
    assertVersionFails(
        ErrorCode.UNSUPPORTED,
        "float8_e5m2",
        t -> t.replace("\"type\":\"int64\"", "\"type\":\"float8_e5m2\""));
    assertVersionFails(ErrorCode.UNSUPPORTED, "brotli", t -> t.replace("\"zstd\"", "\"brotli\""));
  }

  @Test
  void membersThatContradictEachOtherAreFound() {
    assertVersionFails(
        ErrorCode.METADATA_CORRUPT,
        "samples",
        t -> t.replace("\"samples\":1100", "\"samples\":1101"));
    assertVersionFails(
        ErrorCode.METADATA_CORRUPT, "number", t -> t.replace("\"number\":11", "\"number\":10"));
    assertVersionFails(
        ErrorCode.METADATA_CORRUPT,
        "first_sample_id",
        t -> t.replace("\"first_sample_id\":1000", "\"first_sample_id\":1001"));
    assertVersionFails(
        ErrorCode.METADATA_CORRUPT, "layout", t -> t.replace("\"layout\":0", "\"layout\":1"));
    assertVersionFails(
        ErrorCode.METADATA_CORRUPT, "operation", t -> t.replace("\"append\"", "\"fence\""));
  }

  @Test
  void aRecordOfMoreThan64KiBIsNotWritten() {
    VersionRecord v = Examples.VERSION;
    VersionRecord large =
        v.copy().told("x".repeat(64 << 10), v.message(), v.metadata(), v.provenance()).record();
    assertThatThrownBy(() -> records.encode(large))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("65536");
  }

  private void assertVersionFails(ErrorCode code, String words, Function<String, String> change) {
    assertCode(code, words, () -> records.decodeVersion(VERSION_KEY, resealed(change)));
  }

  /// The example with a change that its checksum covers.
  private byte[] resealed(Function<String, String> change) {
    byte[] bytes = records.encode(Examples.VERSION);
    String plain = new String(Arrays.copyOf(bytes, bytes.length - 21), UTF_8);
    String changed = change.apply(plain);
    assertThat(changed).isNotEqualTo(plain);
    byte[] covered = changed.getBytes(UTF_8);
    return (changed + ",\"crc32c\":\"" + Envelope.checksum(covered, covered.length) + "\"}")
        .getBytes(UTF_8);
  }

  private static void assertCode(
      ErrorCode code, String words, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(words)
        .extracting(e -> ((PenstockException) e).code())
        .isEqualTo(code);
  }
}
