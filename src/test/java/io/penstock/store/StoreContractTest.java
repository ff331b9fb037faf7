package io.penstock.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.penstock.error.ConflictException;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every store does, whatever is behind it. A new store extends this first.
public abstract class StoreContractTest {
  private static final int MIB = 1 << 20;

  /// The store under test: empty, and closed after each test.
  protected Store store;

  private final Arena arena = Arena.ofShared();

  /// Opens a store that holds nothing.
  protected abstract Store openEmpty() throws Exception;

  /// How many bytes a key may have: fewer where a prefix is put before it.
  protected int longestKeyBytes() {
    return 1_024;
  }

  @BeforeEach
  void open() throws Exception {
    store = openEmpty();
  }

  @AfterEach
  void close() {
    store.close();
    arena.close();
  }

  // --- put, stat, get -------------------------------------------------------------------------

  @Test
  void objectHasItsBytesLengthAndTag_whenItWasPut() {
    byte[] content = pattern(1_000, 1);

    PutResult result = store.put("a/b/c", segment(content), PutCondition.NONE);

    ObjectInfo info = store.stat("a/b/c").orElseThrow();
    assertThat(result).isEqualTo(new PutResult.Stored(info.etag()));
    assertThat(info.key()).isEqualTo("a/b/c");
    assertThat(info.bytes()).isEqualTo(1_000);
    StoredObject object = store.get("a/b/c", 1_000).orElseThrow();
    assertThat(object.info().etag()).isEqualTo(info.etag());
    assertThat(object.info().modified()).isEqualTo(info.modified());
    assertThat(object.content()).isEqualTo(content);
  }

  @Test
  void emptyObjectIsThere_whenNoBytesWerePut() throws Exception {
    store.put("empty", segment(new byte[0]), PutCondition.CREATE_ONLY);

    assertThat(store.stat("empty").orElseThrow().bytes()).isZero();
    assertThat(store.get("empty", 0).orElseThrow().content()).isEmpty();
    assertThatThrownBy(() -> readBytes("empty", 0, 1)).isInstanceOf(CorruptDataException.class);
  }

  @Test
  void bytesAreReplacedAndTagChanges_whenPutAgain() {
    store.put("k", segment("first"), PutCondition.NONE);
    String firstTag = store.stat("k").orElseThrow().etag();

    store.put("k", segment("other"), PutCondition.NONE);

    assertThat(text("k")).isEqualTo("other");
    assertThat(store.stat("k").orElseThrow().etag()).isNotEqualTo(firstTag);
  }

  @Test
  void largeObjectKeepsItsBytes_whenPutFromNativeMemoryAndFromTheHeap() throws Exception {
    byte[] content = pattern(9 * MIB + 17, 2);
    MemorySegment nativeBody = arena.allocate(content.length);
    nativeBody.copyFrom(MemorySegment.ofArray(content));

    store.put("native", nativeBody, PutCondition.CREATE_ONLY);
    store.put("heap", MemorySegment.ofArray(content), PutCondition.CREATE_ONLY);

    assertThat(readBytes("native", 0, content.length)).isEqualTo(content);
    assertThat(readBytes("heap", 0, content.length)).isEqualTo(content);
  }

  @Test
  void nothingIsFound_whenNoObjectIsThere() {
    store.put("there/inside", segment("x"), PutCondition.NONE);

    assertThat(store.stat("absent")).isEmpty();
    assertThat(store.get("absent", 10)).isEmpty();
    assertThat(store.stat("there")).isEmpty();
    assertThat(store.get("there", 10)).isEmpty();
    assertThat(store.stat("there/inside/deeper")).isEmpty();
    assertThat(store.get("there/inside/deeper", 10)).isEmpty();
  }

  @Test
  void getRefusesWithTheLimit_whenTheObjectIsLarger() {
    store.put("large", segment(new byte[101]), PutCondition.NONE);

    assertThatThrownBy(() -> store.get("large", 100))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessageContaining("large")
        .hasMessageContaining("101")
        .hasMessageContaining("100");
  }

  // --- create only ----------------------------------------------------------------------------

  @Test
  void firstBytesStay_whenCreatedTwice() {
    PutResult first = store.put("k", segment("first"), PutCondition.CREATE_ONLY);
    PutResult second = store.put("k", segment("second"), PutCondition.CREATE_ONLY);

    assertThat(first).isInstanceOf(PutResult.Stored.class);
    assertThat(second).isEqualTo(new PutResult.Exists());
    assertThat(text("k")).isEqualTo("first");
  }

  @Test
  void exactlyOneIsStored_whenSixteenCreateTheSameKeyAtOnce() throws Exception {
    int writers = 16;
    CyclicBarrier start = new CyclicBarrier(writers);
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      for (int round = 0; round < 8; round++) {
        String key = "race/" + round;
        List<Future<PutResult>> results = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
          MemorySegment body = segment("writer " + writer);
          results.add(
              threads.submit(() -> {
                start.await(30, SECONDS);
                return store.put(key, body, PutCondition.CREATE_ONLY);
              }));
        }
        int winner = -1;
        for (int writer = 0; writer < writers; writer++) {
          PutResult result = results.get(writer).get(60, SECONDS);
          if (result instanceof PutResult.Stored) {
            assertThat(winner).as("a second winner of round %s", round).isEqualTo(-1);
            winner = writer;
          } else {
            assertThat(result).isEqualTo(new PutResult.Exists());
          }
        }
        assertThat(text(key)).isEqualTo("writer " + winner);
      }
    }
  }

  // --- ranges ---------------------------------------------------------------------------------

  @Test
  void rangeHasTheBytesAskedFor_whereverItLies() throws Exception {
    byte[] content = pattern(300_000, 3);
    store.put("object", segment(content), PutCondition.NONE);

    for (int[] range :
        new int[][] {{0, 1}, {0, 300_000}, {299_999, 1}, {123_456, 65_537}, {0, 4_096}}) {
      byte[] expected = java.util.Arrays.copyOfRange(content, range[0], range[0] + range[1]);
      assertThat(readBytes("object", range[0], range[1])).isEqualTo(expected);
    }
  }

  @Test
  void readTellsTheWholeObject_whenOnlyARangeWasRead() throws Exception {
    store.put("object", segment(pattern(1_000, 4)), PutCondition.NONE);

    MemorySegment target = arena.allocate(10);
    ObjectInfo info =
        store.read(RangeRequest.of("object", 500, 10), Landing.into(target)).get(60, SECONDS);

    ObjectInfo stat = store.stat("object").orElseThrow();
    assertThat(info.bytes()).isEqualTo(1_000);
    assertThat(info.etag()).isEqualTo(stat.etag());
    assertThat(info.key()).isEqualTo("object");
  }

  @ParameterizedTest
  @ValueSource(longs = {91, 100, 101, 1L << 40})
  void readIsCorrupt_whenTheRangeEndsBehindTheObject(long offset) {
    store.put("short", segment(pattern(100, 5)), PutCondition.NONE);
    MemorySegment target = arena.allocate(10).fill((byte) 7);

    assertThatThrownBy(
            () -> await(store.read(RangeRequest.of("short", offset, 10), Landing.into(target))))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("short");
  }

  @Test
  void absentObjectIsNotFoundByName_whenRead() {
    assertThatThrownBy(() -> readBytes("no/such/object", 0, 10))
        .isInstanceOfSatisfying(
            NotFoundException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.OBJECT_NOT_FOUND))
        .hasMessageContaining("no/such/object");
  }

  @Test
  void slicesGetTheirBytesAndNothingElseIsTouched_whenALandingHasGaps() throws Exception {
    byte[] content = pattern(200_000, 6);
    store.put("object", segment(content), PutCondition.NONE);
    MemorySegment one = arena.allocate(70_000).fill((byte) 0x55);
    MemorySegment two = arena.allocate(50).fill((byte) 0x55);
    Landing landing =
        () ->
            List.of(
                new Landing.Slice(5, one.asSlice(100, 66_000)),
                new Landing.Slice(66_005, two.asSlice(10, 0)),
                new Landing.Slice(66_005, two.asSlice(10, 1)),
                new Landing.Slice(150_000, two.asSlice(20, 30)));

    store.read(RangeRequest.of("object", 1_000, 160_000), landing).get(60, SECONDS);

    byte[] expectedOne = new byte[70_000];
    java.util.Arrays.fill(expectedOne, (byte) 0x55);
    System.arraycopy(content, 1_005, expectedOne, 100, 66_000);
    byte[] expectedTwo = new byte[50];
    java.util.Arrays.fill(expectedTwo, (byte) 0x55);
    expectedTwo[10] = content[67_005];
    System.arraycopy(content, 151_000, expectedTwo, 20, 30);
    assertThat(one.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expectedOne);
    assertThat(two.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expectedTwo);
  }

  @Test
  void manyRangesAreRightByteForByte_whenSizesAndGapsAreRandom() throws Exception {
    long seed = 20_261_121;
    Random random = new Random(seed);
    byte[] content = pattern(3 * MIB, 7);
    store.put("object", segment(content), PutCondition.NONE);
    for (int round = 0; round < 60; round++) {
      int length = 1 + random.nextInt(1 << random.nextInt(21));
      int offset = random.nextInt(content.length - length + 1);
      List<Landing.Slice> slices = new ArrayList<>();
      int at = 0;
      while (at < length && slices.size() < 20) {
        int start = at + random.nextInt(Math.min(length - at, 1 + length / 8));
        int count = 1 + random.nextInt(length - start);
        slices.add(new Landing.Slice(start, arena.allocate(count)));
        at = start + count;
      }
      store.read(RangeRequest.of("object", offset, length), () -> slices).get(60, SECONDS);
      for (Landing.Slice slice : slices) {
        int from = Math.toIntExact(offset + slice.offset());
        long mismatch =
            slice
                .target()
                .mismatch(MemorySegment.ofArray(content).asSlice(from, slice.target().byteSize()));
        assertThat(mismatch).as("seed %s, round %s, %s", seed, round, slice).isEqualTo(-1);
      }
    }
  }

  @Test
  void landingIsNotAsked_whenThereIsNothingToLand() {
    store.put("short", segment("abc"), PutCondition.NONE);
    Landing landing =
        () -> {
          throw new AssertionError("asked for slices");
        };

    assertThatThrownBy(() -> await(store.read(RangeRequest.of("absent", 0, 1), landing)))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> await(store.read(RangeRequest.of("short", 0, 4), landing)))
        .isInstanceOf(CorruptDataException.class);
  }

  @Test
  void readIsRefused_whenASliceLiesOutsideTheRangeOrOverlapsAnother() {
    store.put("object", segment(pattern(100, 8)), PutCondition.NONE);
    MemorySegment target = arena.allocate(20);
    RangeRequest request = RangeRequest.of("object", 0, 30);

    for (List<Landing.Slice> slices :
        List.of(
            List.of(new Landing.Slice(11, target)),
            List.of(new Landing.Slice(-1, target)),
            List.of(
                new Landing.Slice(0, target.asSlice(0, 10)),
                new Landing.Slice(9, target.asSlice(10, 5))),
            List.of(new Landing.Slice(0, MemorySegment.ofArray(new byte[5]))))) {
      assertThatThrownBy(() -> await(store.read(request, () -> slices)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("landing");
    }
  }

  @Test
  void failureOfTheLandingIsTheReads_whenItThrows() {
    store.put("object", segment("abc"), PutCondition.NONE);
    RefusedException failure = new RefusedException(ErrorCode.LIMIT_EXCEEDED, "budget");

    assertThatThrownBy(() ->
            await(
                store.read(
                    RangeRequest.of("object", 0, 3),
                    () -> {
                      throw failure;
                    })))
        .isSameAs(failure);
  }

  @Test
  void readFailsWithoutTouchingTheTarget_whenThePinnedTagIsAnothers() throws Exception {
    store.put("object", segment("first"), PutCondition.NONE);
    MemorySegment target = arena.allocate(5);
    String tag =
        store.read(RangeRequest.of("object", 0, 5), Landing.into(target)).get(60, SECONDS).etag();
    RangeRequest pinned = new RangeRequest("object", new ByteRange(0, 5), Optional.of(tag));
    store.read(pinned, Landing.into(target)).get(60, SECONDS);

    store.put("object", segment("other"), PutCondition.NONE);
    target.fill((byte) 1);

    assertThatThrownBy(() -> await(store.read(pinned, Landing.into(target))))
        .isInstanceOfSatisfying(
            ConflictException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.PRECONDITION_FAILED))
        .hasMessageContaining("object");
    assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsOnly(1);
  }

  @Test
  void readsAreIndependent_whenManyRunAtOnce() throws Exception {
    byte[] content = pattern(2 * MIB, 9);
    store.put("object", segment(content), PutCondition.NONE);
    MemorySegment target = arena.allocate(content.length);
    List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
    int piece = 32 << 10;
    for (int at = 0; at < content.length; at += piece) {
      reads.add(
          store.read(
              RangeRequest.of("object", at, piece), Landing.into(target.asSlice(at, piece))));
    }
    CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new)).get(60, SECONDS);

    assertThat(target.mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
  }

  // --- listings -------------------------------------------------------------------------------

  @Test
  void listingIsInTheOrderOfBytes_whateverTheKeysHold() {
    List<String> keys =
        List.of(
            "a",
            "a b",
            "a%2Fb",
            "a+b",
            "a-b/c",
            "a.b",
            "a0",
            "a=b&c",
            "aé",
            "a~",
            "a\uFB01",
            "a\uD83D\uDE00",
            "b/" + "x".repeat(200) + "/" + "y".repeat(200),
            "b/c/d",
            "b/c/e",
            "b/c-",
            "b'(c)*!;,@$",
            "c#?",
            "Z",
            "_",
            "ß/日本/ключ",
            "e/<&>\"'");
    List<String> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, new Random(5));
    for (String key : shuffled) {
      store.put(key, segment(key), PutCondition.CREATE_ONLY);
    }

    List<String> expected = sortedByBytes(keys);
    assertThat(keysOf("", 1_000)).isEqualTo(expected);
    assertThat(keysOf("", 3)).isEqualTo(expected);
    assertThat(keysOf("", 1)).isEqualTo(expected);
    for (String key : keys) {
      assertThat(text(key)).isEqualTo(key);
      assertThat(store.stat(key).orElseThrow().key()).isEqualTo(key);
    }
  }

  @Test
  void pagesGoOnAfterTheLastKey_whenThereIsMoreThanAPage() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      keys.add("p/" + (i % 3) + "/" + i);
      keys.add("q" + i);
    }
    for (String key : keys) {
      store.put(key, segment(key), PutCondition.NONE);
    }

    ObjectPage first = store.list("p/", "", 10);
    assertThat(first.truncated()).isTrue();
    assertThat(first.objects()).hasSize(10);
    assertThat(keysOf("p/", 10))
        .isEqualTo(sortedByBytes(keys.stream().filter(k -> k.startsWith("p/")).toList()));
    assertThat(keysOf("p/1/1", 2)).containsExactly("p/1/1", "p/1/10", "p/1/13", "p/1/16", "p/1/19");
    assertThat(keysOf("q", 7)).hasSize(25);
    assertThat(keysOf("", 1_000)).isEqualTo(sortedByBytes(keys));
  }

  @Test
  void listingStartsAfterAKey_whetherOrNotItIsThere() {
    for (String key : List.of("a", "b/1", "b/2", "c")) {
      store.put(key, segment(key), PutCondition.NONE);
    }

    assertThat(keys(store.list("", "b/1", 10))).containsExactly("b/2", "c");
    assertThat(keys(store.list("", "b/0", 10))).containsExactly("b/1", "b/2", "c");
    assertThat(keys(store.list("", "b", 10))).containsExactly("b/1", "b/2", "c");
    assertThat(keys(store.list("b/", "a", 10))).containsExactly("b/1", "b/2");
    assertThat(keys(store.list("b/", "b/2", 10))).isEmpty();
    assertThat(keys(store.list("b/", "c", 10))).isEmpty();
    assertThat(keys(store.list("b/1", "", 10))).containsExactly("b/1");
    assertThat(keys(store.list("absent/", "", 10))).isEmpty();
  }

  @Test
  void listingTellsLengthAndTag_asStatDoes() {
    store.put("a/b", segment("12345"), PutCondition.NONE);

    ObjectInfo listed = store.list("a/", "", 1).objects().getFirst();

    ObjectInfo stat = store.stat("a/b").orElseThrow();
    assertThat(listed.bytes()).isEqualTo(5);
    assertThat(listed.etag()).isEqualTo(stat.etag());
  }

  @Test
  void listingIsEmpty_whenTheStoreIs() {
    assertThat(store.list("", "", 10)).isEqualTo(new ObjectPage(List.of(), false));
    assertThat(store.listDirectories("")).isEmpty();
  }

  @Test
  void directoriesAreListedOnceInOrder_whenManyObjectsLieInThem() {
    for (String key :
        List.of("d/b/1", "d/b/2/3", "d/a/1", "d/a-/1", "d/file", "d/ü x/1", "e/1", "d/a+b%2F/1")) {
      store.put(key, segment(key), PutCondition.NONE);
    }

    assertThat(store.listDirectories("d/")).containsExactly("a+b%2F/", "a-/", "a/", "b/", "ü x/");
    assertThat(store.listDirectories("")).containsExactly("d/", "e/");
    assertThat(store.listDirectories("d/b/")).containsExactly("2/");
    assertThat(store.listDirectories("d/b/2/")).isEmpty();
    assertThat(store.listDirectories("none/")).isEmpty();
  }

  @Test
  void allDirectoriesAreListed_whenThereAreMoreThanAPage() {
    for (int i = 0; i < 1_010; i++) {
      store.put("many/" + i + "/x", segment("x"), PutCondition.NONE);
    }

    assertThat(store.listDirectories("many/")).hasSize(1_010);
    assertThat(keysOf("many/", 1_000)).hasSize(1_010);
  }

  // --- delete ---------------------------------------------------------------------------------

  @Test
  void objectAndItsEmptyDirectoriesAreGone_whenDeleted() {
    store.put("a/b/c", segment("x"), PutCondition.NONE);
    store.put("a/d", segment("x"), PutCondition.NONE);

    store.delete("a/b/c");

    assertThat(store.stat("a/b/c")).isEmpty();
    assertThat(store.listDirectories("a/")).isEmpty();
    assertThat(keysOf("", 10)).containsExactly("a/d");
    assertThat(store.put("a/b/c", segment("again"), PutCondition.CREATE_ONLY))
        .isInstanceOf(PutResult.Stored.class);
  }

  @Test
  void nothingHappens_whenAnAbsentObjectIsDeleted() {
    store.put("a/b", segment("x"), PutCondition.NONE);

    store.delete("absent");
    store.delete("a");
    store.delete("a/b/c");

    assertThat(keysOf("", 10)).containsExactly("a/b");
  }

  // --- uploads --------------------------------------------------------------------------------

  @Test
  void partsMakeOneObjectInTheirOrder_whenCompleted() throws Exception {
    byte[] content = pattern(15 * MIB + 1, 10);
    MemorySegment source = arena.allocate(content.length).copyFrom(MemorySegment.ofArray(content));
    try (Upload upload = store.upload("up/load")) {
      List<CompletableFuture<Void>> parts = new ArrayList<>();
      parts.add(upload.append(source.asSlice(0, 5 * MIB)));
      parts.add(upload.append(source.asSlice(5 * MIB, 7 * MIB)));
      parts.add(upload.append(source.asSlice(12 * MIB, 3 * MIB + 1)));
      assertThat(store.stat("up/load")).isEmpty();
      for (CompletableFuture<Void> part : parts) {
        part.get(60, SECONDS);
      }
      assertThat(keysOf("", 10)).isEmpty();

      ObjectInfo info = upload.complete();

      assertThat(info.bytes()).isEqualTo(content.length);
      assertThat(info.etag()).isEqualTo(store.stat("up/load").orElseThrow().etag());
    }
    assertThat(
            MemorySegment.ofArray(readBytes("up/load", 0, content.length))
                .mismatch(MemorySegment.ofArray(content)))
        .isEqualTo(-1);
  }

  @Test
  void lentMemoryMayBeReused_whenAPartIsDone() throws Exception {
    MemorySegment buffer = arena.allocate(1_000).fill((byte) 1);
    try (Upload upload = store.upload("k")) {
      upload.append(buffer).get(60, SECONDS);
      buffer.fill((byte) 2);
      upload.complete();
    }

    assertThat(readBytes("k", 0, 1_000)).containsOnly(1);
  }

  @Test
  void objectIsEmpty_whenAnUploadWithoutPartsIsCompleted() {
    try (Upload upload = store.upload("zero")) {
      assertThat(upload.complete().bytes()).isZero();
    }
    try (Upload upload = store.upload("zero part")) {
      upload.append(arena.allocate(0)).join();
      assertThat(upload.complete().bytes()).isZero();
    }

    assertThat(store.get("zero", 0).orElseThrow().content()).isEmpty();
    assertThat(store.get("zero part", 0).orElseThrow().content()).isEmpty();
  }

  @Test
  void nothingIsVisible_whenAnUploadIsClosedBeforeCompletion() {
    MemorySegment part = arena.allocate(5 * MIB);
    Upload large = store.upload("large");
    List<CompletableFuture<Void>> inFlight = List.of(large.append(part), large.append(part));
    Upload small = store.upload("small");
    small.append(part.asSlice(0, 10)).join();
    Upload none = store.upload("none");

    for (Upload upload : List.of(large, small, none)) {
      upload.close();
      upload.close();
      assertThatThrownBy(upload::complete)
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
    }

    assertThat(inFlight).allMatch(CompletableFuture::isDone);
    assertThat(keysOf("", 10)).isEmpty();
  }

  @Test
  void completionFails_whenTheKeyWasTaken() {
    store.put("large", segment("first"), PutCondition.NONE);
    store.put("small", segment("first"), PutCondition.NONE);

    for (int bytes : new int[] {5 * MIB, 10}) {
      String key = bytes == 10 ? "small" : "large";
      try (Upload upload = store.upload(key)) {
        upload.append(arena.allocate(bytes)).join();
        assertThatThrownBy(upload::complete)
            .isInstanceOfSatisfying(
                ConflictException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.PRECONDITION_FAILED))
            .hasMessageContaining(key);
      }
      assertThat(text(key)).isEqualTo("first");
    }
  }

  @Test
  void partIsRefused_whenItFollowsASmallOne() {
    try (Upload upload = store.upload("k")) {
      upload.append(arena.allocate(10)).join();

      assertThatThrownBy(() -> upload.append(arena.allocate(10)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("k");
    }
  }

  // --- arguments, and the end -----------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "./a",
        "a/.",
        "a\\b",
        "a\u0000b",
        "a\nb",
        "a\u007F",
        "\uD800",
        "TOO LONG"
      })
  void keyIsRefusedByEveryMethod_whenItBreaksTheRules(String text) {
    String key = text.equals("TOO LONG") ? "x/".repeat(512) + "x" : text;
    MemorySegment target = arena.allocate(1);

    refuses(() -> store.stat(key));
    refuses(() -> store.get(key, 1));
    refuses(() -> store.put(key, target, PutCondition.NONE));
    refuses(() -> store.put(key, target, PutCondition.CREATE_ONLY));
    refuses(() -> await(store.read(RangeRequest.of(key, 0, 1), Landing.into(target))));
    refuses(() -> store.upload(key).close());
    refuses(() -> store.delete(key));
    assertThat(keysOf("", 10)).isEmpty();
  }

  @Test
  void longestKeyIsAccepted_whenItHasAllBytesThatAreAllowed() {
    String key = ("é".repeat(99) + "/").repeat(5) + "x".repeat(longestKeyBytes() - 995);
    assertThat(key.getBytes(StandardCharsets.UTF_8)).hasSize(longestKeyBytes());

    store.put(key, segment("long"), PutCondition.CREATE_ONLY);

    assertThat(text(key)).isEqualTo("long");
    assertThat(keysOf("é", 10)).containsExactly(key);
  }

  @Test
  void listingIsRefused_whenItsArgumentsBreakTheRules() {
    refuses(() -> store.list("", "", 0));
    refuses(() -> store.list("", "", 1_001));
    refuses(() -> store.list("/", "", 1));
    refuses(() -> store.list("a/../b", "", 1));
    refuses(() -> store.list("", "a\nb", 1));
    refuses(() -> store.listDirectories("a"));
    refuses(() -> store.listDirectories("/"));
    refuses(() -> store.listDirectories("../"));
  }

  private static void refuses(Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }

  @Test
  void everyMethodSaysSo_whenTheStoreIsClosed() {
    store.put("k", segment("x"), PutCondition.NONE);
    MemorySegment target = arena.allocate(1);
    store.close();
    store.close();

    for (Runnable call :
        List.<Runnable>of(
            () -> store.stat("k"),
            () -> store.get("k", 1),
            () -> store.put("k", target, PutCondition.NONE),
            () -> await(store.read(RangeRequest.of("k", 0, 1), Landing.into(target))),
            () -> store.upload("k"),
            () -> store.list("", "", 1),
            () -> store.listDirectories(""),
            () -> store.delete("k"))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
    }
  }

  @Test
  void everyReadEnds_whenTheStoreIsClosedUnderIt() throws Exception {
    byte[] content = pattern(4 * MIB, 11);
    store.put("object", segment(content), PutCondition.NONE);
    List<MemorySegment> targets = new ArrayList<>();
    List<CompletableFuture<ObjectInfo>> reads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      MemorySegment target = arena.allocate(content.length);
      targets.add(target);
      reads.add(store.read(RangeRequest.of("object", 0, content.length), Landing.into(target)));
    }
    reads.getFirst().get(60, SECONDS);

    store.close();

    for (int i = 0; i < reads.size(); i++) {
      try {
        reads.get(i).get(60, SECONDS);
        assertThat(targets.get(i).mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(PenstockException.class);
      }
    }
  }

  // --- tools ----------------------------------------------------------------------------------

  /// Bytes that differ from place to place and from seed to seed.
  protected static byte[] pattern(int bytes, long seed) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return content;
  }

  /// The text's UTF-8 bytes in native memory.
  protected final MemorySegment segment(String text) {
    return segment(text.getBytes(StandardCharsets.UTF_8));
  }

  private MemorySegment segment(byte[] content) {
    return arena.allocate(content.length).copyFrom(MemorySegment.ofArray(content));
  }

  /// The object as text.
  protected final String text(String key) {
    return new String(store.get(key, 1 << 20).orElseThrow().content(), StandardCharsets.UTF_8);
  }

  /// A range, read into fresh memory.
  protected final byte[] readBytes(String key, long offset, int length) {
    MemorySegment target = arena.allocate(length);
    await(store.read(RangeRequest.of(key, offset, length), Landing.into(target)));
    return target.toArray(ValueLayout.JAVA_BYTE);
  }

  private static ObjectInfo await(CompletableFuture<ObjectInfo> read) {
    try {
      return read.get(60, SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      return fail(e);
    } catch (Exception e) {
      return fail(e);
    }
  }

  /// All keys below a prefix, page by page.
  protected final List<String> keysOf(String prefix, int maxKeys) {
    List<String> keys = new ArrayList<>();
    String after = "";
    while (true) {
      ObjectPage page = store.list(prefix, after, maxKeys);
      assertThat(page.objects().size()).isLessThanOrEqualTo(maxKeys);
      keys.addAll(keys(page));
      if (!page.truncated()) {
        return keys;
      }
      after = page.objects().getLast().key();
    }
  }

  private static List<String> keys(ObjectPage page) {
    return page.objects().stream().map(ObjectInfo::key).toList();
  }

  private static List<String> sortedByBytes(List<String> keys) {
    List<String> sorted = new ArrayList<>(keys);
    sorted.sort((a, b) ->
        java.util.Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
    return sorted;
  }
}
