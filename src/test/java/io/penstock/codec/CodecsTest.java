package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CodecsTest {
  private static final Shape CHUNK = Shape.of(4, 6);
  private static final Object LITTLE = codec("bytes", Map.of("endian", "little"));
  private static final Object CRC = codec("crc32c", Map.of());

  @Test
  void readsTheLongForm_whenAllMembersAreThere() {
    CodecChain chain =
        read(
            codec("transpose", Map.of("order", List.of(1L, 0L))),
            codec("bytes", Map.of("endian", "big")),
            codec("gzip", Map.of("level", 9L)),
            codec("zstd", Map.of("level", -5L, "checksum", true)),
            CRC);

    assertThat(chain)
        .isEqualTo(
            CodecChain.of(
                new TransposeCodec(List.of(1, 0)),
                new BytesCodec(BytesCodec.Endian.BIG),
                new GzipCodec(9),
                new ZstdCodec(-5, true),
                new Crc32cCodec()));
  }

  @Test
  void readsTheShortForm_whenACodecIsItsNameAlone() {
    assertThat(Codecs.standard().chain(List.of("bytes", "crc32c"), DataType.UINT8, CHUNK))
        .isEqualTo(CodecChain.of(new BytesCodec(BytesCodec.Endian.NONE), new Crc32cCodec()));
  }

  @Test
  void readsAKnownCodec_whenItNeedNotBeUnderstood() {
    Map<String, Object> crc = Map.of("name", "crc32c", "must_understand", false);

    assertThat(read(LITTLE, crc).codecs()).hasSize(2);
  }

  @Test
  void readsTheOrderOfOldDrafts_whenTransposeSaysCOrF() {
    assertThat(read(codec("transpose", Map.of("order", "F")), LITTLE).codecs().getFirst())
        .isEqualTo(new TransposeCodec(List.of(1, 0)));
    assertThat(read(codec("transpose", Map.of("order", "C")), LITTLE).codecs().getFirst())
        .isEqualTo(new TransposeCodec(List.of(0, 1)));
  }

  @Test
  void readsSharding_whenOnlyTheMandatoryMembersAreThere() {
    CodecChain chain =
        read(
            codec(
                "sharding_indexed",
                Map.of("chunk_shape", List.of(2L, 3L), "codecs", List.of(LITTLE))));

    assertThat(chain.findSharding())
        .contains(
            new ShardingIndexedCodec(
                Shape.of(2, 3),
                CodecChain.of(new BytesCodec(BytesCodec.Endian.LITTLE)),
                ShardingIndexedCodec.defaultIndexCodecs(),
                true));
  }

  @Test
  void writesTheLongForm_whenAChainBecomesMetadata() {
    CodecChain chain =
        CodecChain.of(
            new ShardingIndexedCodec(
                Shape.of(2, 3),
                CodecChain.of(
                    BytesCodec.forType(DataType.FLOAT32),
                    new ZstdCodec(3, false),
                    new Crc32cCodec()),
                ShardingIndexedCodec.defaultIndexCodecs(),
                false));

    assertThat(chain.metadata())
        .hasToString(
            "[{name=sharding_indexed, configuration={chunk_shape=[2, 3], "
                + "codecs=[{name=bytes, configuration={endian=little}}, "
                + "{name=zstd, configuration={level=3, checksum=false}}, {name=crc32c}], "
                + "index_codecs=[{name=bytes, configuration={endian=little}}, {name=crc32c}], "
                + "index_location=start}}]");
    assertThat(Codecs.standard().chain(chain.metadata(), DataType.FLOAT32, CHUNK)).isEqualTo(chain);
  }

  @Test
  void omitsEndian_whenATypeHasOneByte() {
    assertThat(CodecChain.of(BytesCodec.forType(DataType.BOOL)).metadata())
        .hasToString("[{name=bytes}]");
  }

  @Test
  void makesCodecsOfTheUsers_whenTheirFactoryIsThere() {
    Codecs codecs =
        Codecs.standard()
            .with(
                new CodecFactory() {
                  @Override
                  public String name() {
                    return "example.quick";
                  }

                  @Override
                  public Codec make(Map<String, Object> configuration, ArraySpec array) {
                    return new ZstdCodec((int) -(Long) configuration.get("haste"), false);
                  }
                });

    assertThat(
            codecs
                .chain(
                    List.of(LITTLE, codec("example.quick", Map.of("haste", 7L))),
                    DataType.INT16,
                    CHUNK)
                .codecs()
                .getLast())
        .isEqualTo(new ZstdCodec(-7, false));
    assertThatThrownBy(() -> codecs.chain(List.of("zfp"), DataType.INT16, CHUNK))
        .hasMessageContaining("example.quick");
  }

  @Test
  void refusesAFactory_whenItsNameIsTaken() {
    CodecFactory factory =
        new CodecFactory() {
          @Override
          public String name() {
            return "zstd";
          }

          @Override
          public Codec make(Map<String, Object> configuration, ArraySpec array) {
            return new Crc32cCodec();
          }
        };

    assertThatThrownBy(() -> Codecs.standard().with(factory))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("zstd");
  }

  static Stream<Arguments> malformed() {
    Map<String, Object> nullMember = new HashMap<>();
    nullMember.put("endian", null);
    return Stream.of(
        unsupported("codec blosc is not known", codec("blosc", Map.of())),
        unsupported("configuration.fast = true", LITTLE, codec("zstd", Map.of("fast", true))),
        unsupported("configuration.x = 1", LITTLE, codec("crc32c", Map.of("x", 1L))),
        unsupported(
            "sharding_indexed: zstd in index_codecs",
            sharding(Map.of("index_codecs", List.of(LITTLE, "zstd")))),
        unsupported(
            "sharding_indexed: transpose in index_codecs",
            sharding(
                Map.of(
                    "index_codecs",
                    List.of(codec("transpose", Map.of("order", List.of(1L, 0L))), LITTLE)))),
        corrupt("no array to bytes codec in []"),
        corrupt("no array to bytes codec in [transpose]", codec("transpose", Map.of("order", "F"))),
        corrupt("zstd, a bytes codec, stands before", "zstd", LITTLE),
        corrupt("bytes, a second array to bytes codec", LITTLE, LITTLE),
        corrupt(
            "transpose, an array codec, stands behind bytes",
            LITTLE,
            codec("transpose", Map.of("order", "F"))),
        corrupt("crc32c, follows sharding_indexed", sharding(Map.of()), CRC),
        corrupt("configuration.endian is missing, int32 has 4 bytes", "bytes"),
        corrupt("configuration.endian = middle", codec("bytes", Map.of("endian", "middle"))),
        corrupt("configuration.endian = 1", codec("bytes", Map.of("endian", 1L))),
        corrupt("configuration: endian is null", codec("bytes", nullMember)),
        corrupt("configuration.level = 10", LITTLE, codec("gzip", Map.of("level", 10L))),
        corrupt("configuration.level = 5.0", LITTLE, codec("gzip", Map.of("level", 5.0))),
        corrupt("configuration.level = 23", LITTLE, codec("zstd", Map.of("level", 23L))),
        corrupt(
            "configuration.level = 4294967299",
            LITTLE,
            codec("zstd", Map.of("level", 4294967299L))),
        corrupt("configuration.checksum = yes", LITTLE, codec("zstd", Map.of("checksum", "yes"))),
        corrupt("configuration.order is missing", codec("transpose", Map.of()), LITTLE),
        corrupt("configuration.order = K", codec("transpose", Map.of("order", "K")), LITTLE),
        corrupt("order = [0, 0]", codec("transpose", Map.of("order", List.of(0L, 0L))), LITTLE),
        corrupt("order = [0, 2]", codec("transpose", Map.of("order", List.of(0L, 2L))), LITTLE),
        corrupt("order = [-1, 0]", codec("transpose", Map.of("order", List.of(-1L, 0L))), LITTLE),
        corrupt("order = [0]", codec("transpose", Map.of("order", List.of(0L))), LITTLE),
        corrupt("order = [1, 0, 2]", codec("transpose", Map.of("order", List.of(1L, 0L, 2L)))),
        corrupt("order = [0, true]", codec("transpose", Map.of("order", List.of(0L, true)))),
        corrupt("codecs is missing", codec("sharding_indexed", Map.of("chunk_shape", ints(2, 3)))),
        corrupt("chunk_shape is missing", codec("sharding_indexed", Map.of("codecs", List.of()))),
        corrupt("chunk_shape = [2]", sharding(Map.of("chunk_shape", ints(2)))),
        corrupt("chunk_shape = [0, 3]", sharding(Map.of("chunk_shape", ints(0, 3)))),
        corrupt("chunk_shape = [-2, 3]", sharding(Map.of("chunk_shape", ints(-2, 3)))),
        corrupt("chunk_shape [3, 3] does not divide", sharding(Map.of("chunk_shape", ints(3, 3)))),
        corrupt("chunk_shape [8, 6] does not divide", sharding(Map.of("chunk_shape", ints(8, 6)))),
        corrupt("index_location = middle", sharding(Map.of("index_location", "middle"))),
        corrupt("no array to bytes codec", sharding(Map.of("codecs", List.of()))),
        corrupt("codec 7, expected a name or an object", 7L),
        corrupt("codec null, expected a name or an object", new Object[] {null}),
        corrupt("codec without a name", Map.of("configuration", Map.of())),
        corrupt("codec without a name", Map.of("name", 3L)),
        corrupt("configuration is no object", Map.of("name", "bytes", "configuration", "little")),
        corrupt("member nmae", Map.of("name", "bytes", "nmae", "bytes")));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesMetadata_whenItIsMalformed(ErrorCode code, String words, Object[] metadata) {
    assertThatThrownBy(() -> read(metadata))
        .isInstanceOfSatisfying(
            CorruptDataException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  private static CodecChain read(Object... metadata) {
    return Codecs.standard().chain(Arrays.asList(metadata), DataType.INT32, CHUNK);
  }

  private static Map<String, Object> codec(String name, Map<String, Object> configuration) {
    return Map.of("name", name, "configuration", configuration);
  }

  /// A sharding codec that is right but for the members given.
  private static Object sharding(Map<String, Object> members) {
    Map<String, Object> all =
        new HashMap<>(Map.of("chunk_shape", ints(2, 3), "codecs", List.of(LITTLE)));
    all.putAll(members);
    return codec("sharding_indexed", all);
  }

  private static List<Long> ints(long... numbers) {
    return Arrays.stream(numbers).boxed().toList();
  }

  private static Arguments corrupt(String words, Object... metadata) {
    return Arguments.of(ErrorCode.METADATA_CORRUPT, words, metadata);
  }

  private static Arguments unsupported(String words, Object... metadata) {
    return Arguments.of(ErrorCode.UNSUPPORTED, words, metadata);
  }
}
