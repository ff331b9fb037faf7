package io.penstock.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import io.penstock.codec.Codecs;
import io.penstock.codec.ShardIndex;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Metadata of every kind, broken in every way that somebody thought of: each gives a typed error
/// that names the object, within the limits of time and memory.
///
/// V1-LIM-01, V1-LIM-02, V1-LIM-03, V1-CMP-01, V1-CMP-03, V1-JSN-04, V1-JSN-05, V1-JSN-06
class MalformedMetadataTest {
  // Specification: V1-KEY-04, V1-REF-07, V1-REC-03, V1-REC-06, V1-REC-07, V1-REC-09, V1-REC-10,
  // V1-REC-15, V1-PAG-02, V1-PAG-04, V1-CMP-02

  private static final long MOST_BYTES = 64L << 20;
  private static final Duration MOST_TIME = Duration.ofSeconds(2);
  private static final Records RECORDS = Records.standard();
  private static final String VERSION_KEY = ObjectKeys.version("main", 0, 12);
  private static final String SESSION_KEY = ObjectKeys.session(Examples.SESSION);
  private static final String ARRAY_KEY = "f/label/zarr.json";

  /// One broken object.
  ///
  /// @param name what is broken
  /// @param code of the error
  /// @param words that its message has
  /// @param decoder reads it
  record Case(String name, ErrorCode code, String words, Runnable decoder) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final class Corpus {
    private final List<Case> cases = new ArrayList<>();

    void add(String name, ErrorCode code, String words, Runnable decoder) {
      cases.add(new Case(name, code, words, decoder));
    }

    /// A version record with a change that its checksum covers.
    void version(String from, String to, ErrorCode code, String words) {
      byte[] bytes = resealed(RECORDS.encode(Examples.VERSION), from, to);
      add(
          "version: " + from + " -> " + abbreviated(to),
          code,
          words,
          () -> RECORDS.decodeVersion(VERSION_KEY, bytes));
    }

    void version(String from, String to, String words) {
      version(from, to, ErrorCode.METADATA_CORRUPT, words);
    }

    void sealed(
        String kind, byte[] good, String from, String to, String words, Consumer<byte[]> d) {
      byte[] bytes = resealed(good, from, to);
      add(
          kind + ": " + from + " -> " + abbreviated(to),
          ErrorCode.METADATA_CORRUPT,
          words,
          () -> d.accept(bytes));
    }

    void array(String from, String to, ErrorCode code, String words) {
      byte[] bytes = changed(labelArray(), from, to).getBytes(UTF_8);
      add("array: " + from + " -> " + abbreviated(to), code, words, () -> parseArray(bytes));
    }

    void array(String from, String to, String words) {
      array(from, to, ErrorCode.METADATA_CORRUPT, words);
    }

    void json(String name, byte[] bytes, String words) {
      add("json: " + name, ErrorCode.METADATA_CORRUPT, words, () -> parseArray(bytes));
    }
  }

  static Stream<Case> cases() {
    Corpus corpus = new Corpus();
    json(corpus);
    envelopes(corpus);
    versions(corpus);
    others(corpus);
    arrays(corpus);
    groups(corpus);
    binaries(corpus);
    return corpus.cases.stream();
  }

  private static void json(Corpus corpus) {
    corpus.json("nothing", new byte[0], "not a JSON object");
    corpus.json("an array", "[]".getBytes(UTF_8), "not a JSON object");
    corpus.json("a number", "1".getBytes(UTF_8), "not a JSON object");
    corpus.json("cut off", "{\"a\":[1,".getBytes(UTF_8), "malformed JSON");
    corpus.json("a comment", "{/* */}".getBytes(UTF_8), "malformed JSON");
    corpus.json("a literal NaN", "{\"a\":NaN}".getBytes(UTF_8), "malformed JSON");
    corpus.json("a leading zero", "{\"a\":01}".getBytes(UTF_8), "malformed JSON");
    corpus.json("a trailing comma", "{\"a\":1,}".getBytes(UTF_8), "malformed JSON");
    corpus.json("something behind", "{} {}".getBytes(UTF_8), "behind the JSON object");
    corpus.json("a member twice", "{\"a\":1,\"a\":1}".getBytes(UTF_8), "stands twice");
    corpus.json(
        "a member twice, once escaped", "{\"a\":1,\"\\u0061\":1}".getBytes(UTF_8), "stands twice");
    corpus.json("half a surrogate", "{\"a\":\"\\ud800\"}".getBytes(UTF_8), "surrogate");
    corpus.json("not UTF-8", "{\"a\":\"\u00ff\"}".getBytes(ISO_8859_1), "not UTF-8");
    corpus.json("overlong UTF-8", new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80}, "not UTF-8");
    corpus.json("UTF-16", "{\"a\":1}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE), "JSON");
    corpus.json("nested 65 deep", nested(65), "malformed JSON");
    corpus.json("nested a million deep", nested(1_000_000), "malformed JSON");
    corpus.json("a number of 1001 digits", number("1".repeat(1001)), "malformed JSON");
    corpus.json("more bytes than 16 MiB", new byte[(16 << 20) + 1], "at most 16777216");
    corpus.json("many small values", many("1,", 2_000_000), "more than 524288");
    corpus.json("many empty arrays", many("[],", 2_000_000), "more than 524288");
    corpus.json("many empty objects", many("{},", 2_000_000), "more than 524288");
  }

  private static void envelopes(Corpus corpus) {
    byte[] good = RECORDS.encode(Examples.VERSION);
    for (int bytes : new int[] {0, 1, 20, 21, 22, good.length - 1}) {
      byte[] cut = Arrays.copyOf(good, bytes);
      corpus.add(
          "version cut to " + bytes,
          ErrorCode.METADATA_CORRUPT,
          "crc32c",
          () -> RECORDS.decodeVersion(VERSION_KEY, cut));
    }
    byte[] upper = new String(good, UTF_8).toUpperCase(java.util.Locale.ROOT).getBytes(UTF_8);
    corpus.add(
        "version in capitals",
        ErrorCode.METADATA_CORRUPT,
        "crc32c",
        () -> RECORDS.decodeVersion(VERSION_KEY, upper));
    byte[] large = new byte[VersionRecord.MAX_BYTES + 1];
    corpus.add(
        "version of more than 64 KiB",
        ErrorCode.METADATA_CORRUPT,
        "at most 65536",
        () -> RECORDS.decodeVersion(VERSION_KEY, large));
    corpus.add(
        "a page where a version should be",
        ErrorCode.METADATA_CORRUPT,
        "penstock",
        () ->
            RECORDS.decodeVersion(
                VERSION_KEY, RECORDS.encode(new Page.OfPages(1, List.of(Examples.PAGE)))));
    corpus.version("\"format\":1", "\"format\":2", ErrorCode.UNSUPPORTED, "format version 2");
    corpus.version("\"format\":1", "\"format\":0", "from 1 to");
    corpus.version("\"format\":1", "\"format\":1.0", "an integer");
    // V1-RSV-01
    for (String feature : List.of("deletes", "floor", "leases", "locations", "added-tensors")) {
      corpus.version(
          "\"required_features\":[]",
          "\"required_features\":[\"" + feature + "\"]",
          ErrorCode.UNSUPPORTED,
          feature);
    }
    corpus.version("\"required_features\":[]", "\"required_features\":{}", "an array");
  }

  private static void versions(Corpus corpus) {
    corpus.version("\"life\":0,\"number\":12", "\"life\":-1,\"number\":12", "from 0 to");
    corpus.version("\"number\":12", "\"number\":9223372036854775808", "an integer");
    corpus.version("\"number\":12", "\"number\":\"12\"", "an integer");
    corpus.version("\"branch\":\"main\",\"life\":0,\"number\":12", "\"number\":12", "missing");
    corpus.version(
        "\"branch\":\"main\",\"life\":0,\"number\":12",
        "\"branch\":\"../x\",\"life\":0,\"number\":12",
        "form");
    corpus.version("\"commit\":\"00", "\"commit\":\"zz", "commit");
    corpus.version("23:59:59.999Z", "23:59:59.99Z", "time");
    corpus.version("2026-01-31T", "2026-02-31T", "time");
    corpus.version("\"metadata\":{\"a\":\"1\"", "\"metadata\":{\"a\":1", "metadata.a");
    corpus.version(
        "\"operation\":\"append\"", "\"operation\":\"defrag\"", ErrorCode.UNSUPPORTED, "defrag");
    corpus.version(
        "\"operation\":\"append\"", "\"operation\":\"append\",\"revokes\":\"x\"", "revoked");
    corpus.version("\"name\":\"label\"", "\"name\":\"image\"", "each name once");
    corpus.version("\"sample_shape\":[28,28]", "\"sample_shape\":[28,-2]", "sample_shape");
    corpus.version(
        "\"sample_shape\":[28,28]", "\"sample_shape\":[28,9007199254740992]", "sample_shape");
    corpus.version(
        "\"sample_shape\":[28,28]", "\"sample_shape\":[" + "1,".repeat(31) + "1]", "at most 31");
    corpus.version("[\"y\",\"x\"]", "[\"y\",\"y\"]", "different names");
    corpus.version(
        "\"type\":\"uint8\",\"sample_shape\"",
        "\"type\":\"string\",\"sample_shape\"",
        ErrorCode.UNSUPPORTED,
        "string");
    corpus.version("\"group_samples\":64", "\"group_samples\":0", "group_samples");
    corpus.version("\"group_samples\":64", "\"group_samples\":63", "group_samples");
    corpus.version(
        "\"tensor\":\"label\",\"array\"", "\"tensor\":\"other\",\"array\"", "tensor of the schema");
    corpus.version("\"path\":\"label\"", "\"path\":\"../label\"", "path");
    corpus.version("\"chunk\":[64,28,28]", "\"chunk\":[0,28,28]", "chunk");
    corpus.version("\"chunk\":[64,28,28]", "\"chunk\":[64,28]", "chunk");
    corpus.version("\"chunk\":[64,28,28]", "\"chunk\":[64,28,27]", "multiple");
    corpus.version("\"shard\":[4096]", "\"shard\":[9007199254739968]", "at most 1048576 chunks");
    corpus.version(
        "\"chunk\":[1024],\"shard\":[4096]",
        "\"chunk\":[2147483648],\"shard\":[2147483648]",
        "decoded bytes");
    corpus.version("{\"name\":\"crc32c\"}", "{\"name\":\"lz77\"}", ErrorCode.UNSUPPORTED, "lz77");
    corpus.version("\"level\":3", "\"level\":99", "level");
    corpus.version("\"codecs\":[{\"name\":\"bytes\"},", "\"codecs\":[", "codec");
    corpus.version("\"codecs\":[", "\"codecs\":[" + "\"crc32c\",".repeat(40), "at most 32");
    corpus.version("\"layout\":0", "\"layout\":1", "below 1 layouts");
    corpus.version("\"rows\":100", "\"rows\":9007199254740991", "samples");
    corpus.version(
        "\"first_sample_id\":1000", "\"first_sample_id\":9223372036854775807", "first_sample_id");
    corpus.version("\"samples\":1100", "\"samples\":9223372036854775807", "sum of all rows");
    corpus.version(
        "\"tensor\":\"label\",\"stored_bytes\"", "\"tensor\":\"lable\",\"stored_bytes\"", "layout");
    corpus.version("\"stored_bytes\":500", "\"stored_bytes\":-500", "stored_bytes");
    corpus.version("\"chain\":\"", "\"chain\":\"0", "chain");
    corpus.version("\"pages\":[", "\"pages\":[null,", "an object");
    corpus.version("\"rows\":1000,", "\"rows\":9223372036854775807,", "sum of all rows");
  }

  private static void others(Corpus corpus) {
    byte[] page = RECORDS.encode(new Page.OfPages(2, List.of(page(1), page(1))));
    corpus.sealed(
        "page",
        page,
        "\"level\":2",
        "\"level\":3",
        "pages of level 2",
        MalformedMetadataTest::page);
    corpus.sealed("page", page, "\"level\":2", "\"level\":9", "level", MalformedMetadataTest::page);
    corpus.sealed(
        "page", page, "\"level\":2", "\"level\":0", "fragments", MalformedMetadataTest::page);
    corpus.sealed(
        "page",
        page,
        "\"fragments\":2",
        "\"fragments\":0",
        "fragments",
        MalformedMetadataTest::page);
    byte[] full = RECORDS.encode(new Page.OfPages(1, java.util.Collections.nCopies(65, page(0))));
    corpus.add("page of 65 entries", ErrorCode.METADATA_CORRUPT, "at most 64", () -> page(full));
    byte[] id = RECORDS.encode(new Page.OfFragments(List.of(Examples.ENTRY)));
    corpus.sealed(
        "page", id, "\"id\":\"0", "\"id\":\"__penstock/", "id", MalformedMetadataTest::page);

    byte[] ref = RECORDS.encode(Examples.TAG);
    Consumer<byte[]> readRef = bytes -> RECORDS.decodeRef(ObjectKeys.ref("gold", 0), bytes);
    corpus.sealed("ref", ref, "\"target\"", "\"start\"", "target", readRef);
    corpus.sealed("ref", ref, "\"name\":\"gold\"", "\"name\":\"silver\"", "belongs under", readRef);
    corpus.sealed("ref", ref, "\"number\":12", "\"number\":-12", "number", readRef);
    byte[] pointer = resealed(ref, "\"meaning\":\"tag\"", "\"meaning\":\"pointer\"");
    corpus.add(
        "ref with another meaning",
        ErrorCode.UNSUPPORTED,
        "pointer",
        () -> readRef.accept(pointer));

    byte[] session = RECORDS.encode(Examples.SESSION_RECORD);
    Consumer<byte[]> readSession = bytes -> RECORDS.decodeSession(SESSION_KEY, bytes);
    corpus.sealed("session", session, "\"head\":11", "\"head\":-2", "head", readSession);
    corpus.sealed("session", session, "\"id\":\"0123", "\"id\":\"01234", "id", readSession);
    corpus.sealed(
        "hint",
        RECORDS.encodeHint(3),
        "\"number\":3",
        "\"number\":-3",
        "number",
        bytes -> RECORDS.decodeHint("hint", bytes));
    corpus.sealed(
        "hint",
        RECORDS.encodeHint(3),
        "\"number\":3",
        "\"number\":1e3",
        "number",
        bytes -> RECORDS.decodeHint("hint", bytes));

    String root = new String(RECORDS.encode(Examples.ROOT), UTF_8);
    root(corpus, changed(root, "\"crc32c\":\"1", "\"crc32c\":\"2"), "crc32c");
    root(corpus, changed(root, "ffeeddcc", "ffeeddcd"), "crc32c");
    root(corpus, changed(root, "\"format\":1", "\"format\":1,\"x\":1.5"), "within 2^53-1");
    root(corpus, changed(root, "\"penstock\":{", "\"penstock\":[],\"x\":{"), "penstock");
    root(corpus, changed(root, "\"node_type\":\"group\"", "\"node_type\":\"array\""), "node_type");
  }

  private static void root(Corpus corpus, String text, String words) {
    corpus.add(
        "root: " + text,
        ErrorCode.METADATA_CORRUPT,
        words,
        () -> RECORDS.decodeRoot("zarr.json", text.getBytes(UTF_8)));
  }

  private static void arrays(Corpus corpus) {
    corpus.array("\"zarr_format\":3", "\"zarr_format\":2", ErrorCode.UNSUPPORTED, "zarr_format");
    corpus.array("\"node_type\":\"array\"", "\"node_type\":\"group\"", "node_type");
    corpus.array("\"shape\":[100]", "\"shape\":[-1]", "shape");
    corpus.array("\"shape\":[100]", "\"shape\":[9007199254740992]", "shape");
    corpus.array("\"shape\":[100]", "\"shape\":[" + "1,".repeat(32) + "1]", "at most 32");
    corpus.array("\"shape\":[100]", "\"shape\":100", "an array");
    corpus.array("\"int64\"", "\"int4\"", ErrorCode.UNSUPPORTED, "int4");
    corpus.array(
        "\"int64\"",
        "{\"name\":\"numpy.datetime64\",\"configuration\":{}}",
        ErrorCode.UNSUPPORTED,
        "datetime64");
    corpus.array("\"chunk_shape\":[256]", "\"chunk_shape\":[0]", "chunk_shape");
    corpus.array("\"chunk_shape\":[256]", "\"chunk_shape\":[256,1]", "rank");
    corpus.array("\"chunk_shape\":[256]", "\"chunk_shape\":[9007199254740991]", "chunk_shape");
    corpus.array("\"regular\"", "\"rectilinear\"", ErrorCode.UNSUPPORTED, "rectilinear");
    corpus.array("\"name\":\"default\"", "\"name\":\"hashed\"", ErrorCode.UNSUPPORTED, "hashed");
    corpus.array("\"separator\":\"/\"", "\"separator\":\"-\"", "separator");
    corpus.array("\"fill_value\":0", "\"fill_value\":0.5", "fill_value");
    corpus.array("\"fill_value\":0", "\"fill_value\":9223372036854775808", "fill_value");
    corpus.array("\"fill_value\":0", "\"fill_value\":" + "9".repeat(999), "fill_value");
    corpus.array("\"fill_value\":0", "\"fill_value\":\"NaN\"", "fill_value");
    corpus.array("\"fill_value\":0,", "", "fill_value is missing");
    corpus.array("\"attributes\":{}", "\"attributes\":[]", "attributes");
    corpus.array("\"attributes\":{}", "\"attributes\":{},\"zip\":{}", ErrorCode.UNSUPPORTED, "zip");
    corpus.array(
        "\"attributes\":{}",
        "\"storage_transformers\":[{\"name\":\"x\"}]",
        ErrorCode.UNSUPPORTED,
        "storage_transformers");
    corpus.array("\"attributes\":{}", "\"dimension_names\":[\"a\",\"b\"]", "dimension_names");
    corpus.array("\"attributes\":{}", "\"dimension_names\":[1]", "dimension_names");
    corpus.array("\"index_location\":\"end\"", "\"index_location\":\"middle\"", "index_location");
    corpus.array("\"sharding_indexed\"", "\"sharding\"", ErrorCode.UNSUPPORTED, "sharding");
    corpus.array("\"chunk_shape\":[128]", "\"chunk_shape\":[127]", "sharding_indexed");
  }

  private static void groups(Corpus corpus) {
    fragment(corpus, "zarr.json", "\"samples\":100", "\"samples\":101", "shape");
    fragment(corpus, "zarr.json", "\"samples\":100", "\"samples\":1e2", "samples");
    fragment(
        corpus, "zarr.json", "[\"image\",\"label\",\"text\"]", "[\"image\",\"image\"]", "tensors");
    fragment(corpus, "zarr.json", "[\"image\",\"label\",\"text\"]", "[\"../../etc\"]", "tensors");
    fragment(
        corpus,
        "zarr.json",
        "\"kind\":\"inline\",\"must_understand\":false,\"metadata\":{",
        "\"metadata\":[],\"x\":{",
        "metadata");
    fragment(corpus, "text/zarr.json", "\"sample_shape\":[-1]", "\"sample_shape\":[-1,3]", "shape");
    fragment(corpus, "text/values/zarr.json", "\"shape\":[6000]", "\"shape\":[]", "");
    fragment(corpus, "text/offset/zarr.json", "\"int64\"", "\"int32\"", "");
  }

  private static void fragment(Corpus corpus, String path, String from, String to, String words) {
    Map<String, byte[]> objects = new TreeMap<>(fragment().encode());
    objects.put(path, changed(new String(objects.get(path), UTF_8), from, to).getBytes(UTF_8));
    corpus.add(
        "fragment " + path + ": " + from + " -> " + to,
        ErrorCode.METADATA_CORRUPT,
        words,
        () -> FragmentMetadata.decode("f", objects));
  }

  private static void binaries(Corpus corpus) {
    byte[] good = CatalogTest.ragged().encode();
    for (int bytes : new int[] {0, 7, 8, 12, 60, good.length - 1, good.length + 1}) {
      catalog(corpus, "of " + bytes + " bytes", Arrays.copyOf(good, bytes));
    }
    for (int at : new int[] {0, 8, 12, 16, 24, 40, 70, good.length - 1}) {
      byte[] flipped = good.clone();
      flipped[at] ^= (byte) 0x80;
      catalog(corpus, "with a flipped bit in byte " + at, flipped);
    }
    byte[] sketch = LabelSketchTest.SKETCH.encode();
    for (int bytes : new int[] {0, 7, 31, 35, sketch.length - 1, (int) LabelSketch.MAX_BYTES + 1}) {
      sketch(corpus, "of " + bytes + " bytes", Arrays.copyOf(sketch, bytes));
    }
    for (int at : new int[] {0, 8, 16, 24, 28, 32, 70, sketch.length - 1}) {
      byte[] flipped = sketch.clone();
      flipped[at] ^= (byte) 0x80;
      sketch(corpus, "with a flipped bit in byte " + at, flipped);
    }
    index(corpus, 100, (1L << 62), 16);
    index(corpus, 100, 90, 16);
    index(corpus, 100, -2, 16);
    index(corpus, 100, 0, -1);
    index(corpus, 100, 1, Long.MAX_VALUE);
  }

  private static void sketch(Corpus corpus, String what, byte[] bytes) {
    corpus.add(
        "sketch " + what,
        ErrorCode.METADATA_CORRUPT,
        "object k",
        () -> LabelSketch.decode("k", bytes, 30, 4));
  }

  private static void catalog(Corpus corpus, String what, byte[] bytes) {
    corpus.add(
        "catalog " + what,
        ErrorCode.METADATA_CORRUPT,
        "object k",
        () -> Catalog.decode("k", bytes, Examples.LAYOUT, CatalogTest.entry(150), "text"));
  }

  private static void index(Corpus corpus, long objectBytes, long offset, long length) {
    byte[] bytes =
        java.nio.ByteBuffer.allocate(20)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .putLong(offset)
            .putLong(length)
            .array();
    byte[] covered = Arrays.copyOf(bytes, 16);
    java.nio.ByteBuffer.wrap(bytes)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putInt(16, CatalogFormat.crc(covered, 0, 16));
    corpus.add(
        "shard index: chunk at " + offset + ", " + length + " bytes",
        ErrorCode.DATA_CORRUPT,
        "",
        () -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            ShardIndex.decode(segment, 1, ShardingIndexedCodec.defaultIndexCodecs(), objectBytes);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aTypedErrorWithinTheLimits_whateverIsBroken(Case broken) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().threadId();
    long before = threads.getThreadAllocatedBytes(thread);
    long start = threads.getThreadCpuTime(thread); // not a clock's: others may use the processor
    Throwable thrown = catchThrowable(broken.decoder()::run);
    long nanos = threads.getThreadCpuTime(thread) - start;
    long allocated = threads.getThreadAllocatedBytes(thread) - before;

    assertThat(thrown).isInstanceOfAny(CorruptDataException.class, RefusedException.class);
    assertThat(((PenstockException) thrown).code()).as(thrown.toString()).isEqualTo(broken.code());
    assertThat(thrown).hasMessageContaining(broken.words());
    assertThat(thrown.getMessage()).hasSizeLessThan(1000);
    assertThat(allocated).isLessThan(MOST_BYTES);
    assertThat(Duration.ofNanos(nanos)).isLessThan(MOST_TIME);
  }

  @Test
  void theCorpusIsLargeAndNamesItsCasesOnce() {
    List<String> names = cases().map(Case::name).toList();
    assertThat(names).hasSizeGreaterThan(140).doesNotHaveDuplicates();
  }

  private static FragmentMetadata fragment() {
    return FragmentMetadata.of(Examples.SCHEMA, Examples.LAYOUT, 100, Examples.ENTRY.extents());
  }

  private static String labelArray() {
    return new String(fragment().encode().get("label/zarr.json"), UTF_8);
  }

  private static void parseArray(byte[] bytes) {
    ArrayMetadata.parse(Json.parse(ARRAY_KEY, bytes), new Chains(Codecs.standard()));
  }

  private static PageRef page(int level) {
    return new PageRef(Examples.SESSION + "-p0", level, 2, 10, 10, Digest.ZERO);
  }

  private static void page(byte[] bytes) {
    RECORDS.decodePage("page", bytes);
  }

  /// An object with a change that its checksum covers.
  static byte[] resealed(byte[] good, String from, String to) {
    String plain = new String(Arrays.copyOf(good, good.length - 21), UTF_8);
    byte[] covered = changed(plain, from, to).getBytes(UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(covered);
    out.writeBytes(
        (",\"crc32c\":\"" + Envelope.checksum(covered, covered.length) + "\"}").getBytes(UTF_8));
    return out.toByteArray();
  }

  private static String changed(String text, String from, String to) {
    assertThat(text).contains(from);
    int at = text.indexOf(from);
    return text.substring(0, at) + to + text.substring(at + from.length());
  }

  private static String abbreviated(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "… " + text.length();
  }

  private static byte[] nested(int depth) {
    return ("{\"a\":" + "[".repeat(depth)).getBytes(UTF_8);
  }

  private static byte[] number(String digits) {
    return ("{\"a\":" + digits + "}").getBytes(UTF_8);
  }

  private static byte[] many(String element, int count) {
    return ("{\"a\":[" + element.repeat(count) + "0]}").getBytes(UTF_8);
  }
}
