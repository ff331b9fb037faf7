package io.penstock.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The store in a local directory keeps the contract, and what files add to it.
class LocalStoreTest extends StoreContractTest {
  @TempDir Path directory;

  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private Path root;

  @Override
  protected Store openEmpty() {
    root = directory.resolve("new/root");
    return new LocalStore(root, threads);
  }

  @AfterEach
  void closeThreads() {
    threads.close();
  }

  @Test
  void objectIsAPlainFile_whenPut() throws IOException {
    store.put("a/b", segment("text"), PutCondition.CREATE_ONLY);

    assertThat(Files.readString(root.resolve("a/b"))).isEqualTo("text");
    assertThat(store.uri()).isEqualTo(root.toRealPath().toUri());
  }

  @Test
  void nothingButTheObjectsIsLeft_whenTheStoreIsClosed() throws IOException {
    store.put("a/b", segment("text"), PutCondition.CREATE_ONLY);
    store.put("a/b", segment("taken"), PutCondition.CREATE_ONLY);
    store.put("a/c", segment("text"), PutCondition.NONE);
    try (Upload upload = store.upload("a/d")) {
      upload.append(segment("x")).join();
      upload.complete();
    }
    Upload discarded = store.upload("a/e");
    discarded.append(segment("x")).join();
    discarded.close();
    store.close();

    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.map(file -> root.relativize(file).toString()))
          .containsExactlyInAnyOrder("", "a", "a/b", "a/c", "a/d");
    }
  }

  @Test
  void closeReturns_whenAPartsOwnContinuationClosesTheUpload() throws Exception {
    CompletableFuture<Void> go = new CompletableFuture<>();
    Executor gated =
        task -> {
          CompletableFuture<Void> _ = go.thenRunAsync(task, Thread::startVirtualThread);
        };
    try (Store later = new LocalStore(root, gated)) {
      Upload upload = later.upload("a");
      CompletableFuture<Void> closed = upload.append(segment("x")).thenRun(upload::close);
      go.complete(null);

      closed.get(60, SECONDS);

      assertThat(later.list("", "", 10).objects()).isEmpty();
    }
    assertThat(root.resolve(".penstock-staging")).doesNotExist();
  }

  /// Past the page cache go only blocks that are aligned alike in memory and in the file: all kinds
  /// of parts must give the same bytes.
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4095, 4096, 10_000})
  void partsStandInTheirPlaces_whateverTheirAlignment(long shift) {
    long bytes = Upload.MIN_PART_BYTES + 12_345;
    byte[] content = new byte[Math.toIntExact(2 * bytes + 7)];
    new Random(bytes + shift).nextBytes(content);
    try (Arena arena = Arena.ofShared();
        Upload upload = store.upload("large")) {
      List<CompletableFuture<Void>> parts = new ArrayList<>();
      for (long at = 0; at < content.length; at += bytes) {
        long length = Math.min(bytes, content.length - at);
        long from = (at + shift) % Upload.BLOCK_BYTES;
        MemorySegment part =
            arena
                .allocate(from + length, Upload.BLOCK_BYTES)
                .asSlice(from, length)
                .copyFrom(MemorySegment.ofArray(content).asSlice(at, length));
        parts.add(upload.append(part));
      }
      parts.forEach(CompletableFuture::join);
      upload.complete();
    }
    assertThat(store.get("large", content.length).orElseThrow().content()).isEqualTo(content);
  }

  @Test
  void unfinishedFilesAreNeitherListedNorReadable_whileAnUploadRuns() {
    try (Upload upload = store.upload("a")) {
      upload.append(segment("x")).join();

      assertThat(keysOf("", 10)).isEmpty();
      assertThat(store.listDirectories("")).isEmpty();
      assertThatThrownBy(() -> store.stat(".penstock-staging/1"))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(".penstock-staging");
    }
  }

  @Test
  void leftoversOfADeadProcessAreRemoved_whenTheyAreOld() throws IOException {
    Path staging = Files.createDirectories(root.resolve(".penstock-staging"));
    Path old = Files.writeString(staging.resolve("1-0"), "left over");
    Files.setLastModifiedTime(old, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    Path recent = Files.writeString(staging.resolve("1-1"), "being written");
    Files.setLastModifiedTime(recent, FileTime.from(Instant.parse("2026-01-02T00:00:00Z")));

    int removed = ((LocalStore) store).removeLeftovers(Instant.parse("2026-01-02T00:00:00Z"));

    assertThat(removed).isEqualTo(1);
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
  }

  @Test
  void keyIsRefusedWithTheReason_whenItsNameIsADirectory() {
    store.put("c/0/0", segment("x"), PutCondition.CREATE_ONLY);

    for (PutCondition condition : PutCondition.values()) {
      assertThatThrownBy(() -> store.put("c/0", segment("y"), condition))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_INCAPABLE))
          .hasMessageContaining("c/0/");
    }
    assertThat(store.stat("c/0")).isEmpty();
  }

  @Test
  void keyIsRefusedWithTheReason_whenItsDirectoryIsAFile() {
    store.put("c/0", segment("x"), PutCondition.CREATE_ONLY);

    for (String key : List.of("c/0/0", "c/0/1/2")) {
      for (PutCondition condition : PutCondition.values()) {
        assertThatThrownBy(() -> store.put(key, segment("y"), condition))
            .isInstanceOfSatisfying(
                RefusedException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_INCAPABLE))
            .hasMessageContaining(key);
      }
    }
    assertThat(text("c/0")).isEqualTo("x");
  }

  @Test
  void objectTakesTheNameOfEmptyDirectories_whenACrashLeftThem() throws IOException {
    Files.createDirectories(root.resolve("a/b/c"));

    assertThat(store.listDirectories("")).isEmpty();
    assertThat(store.put("a/b", segment("x"), PutCondition.CREATE_ONLY))
        .isInstanceOf(PutResult.Stored.class);
    Files.createDirectories(root.resolve("d/e"));
    store.put("d", segment("x"), PutCondition.NONE);
    assertThat(keysOf("", 10)).containsExactly("a/b", "d");
  }

  @Test
  void keyIsRefused_whenASymbolicLinkLeadsOutOrIn() throws IOException {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    store.put("inside/file", segment("x"), PutCondition.NONE);
    Files.createSymbolicLink(root.resolve("out"), outside);
    Files.createSymbolicLink(root.resolve("in"), root.resolve("inside"));
    Files.createSymbolicLink(root.resolve("file"), outside.resolve("secret"));

    for (String key : List.of("out/secret", "in/file", "file")) {
      assertThatThrownBy(() -> readBytes(key, 0, 1)).isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> store.get(key, 100)).isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> store.stat(key)).isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> store.delete(key)).isInstanceOf(RefusedException.class);
    }
    for (String key : List.of("out/new", "out/secret", "in/new")) {
      for (PutCondition condition : PutCondition.values()) {
        assertThatThrownBy(() -> store.put(key, segment("y"), condition))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("symbolic link");
      }
    }
    assertThatThrownBy(() -> store.list("out/", "", 10)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> store.listDirectories("out/")).isInstanceOf(RefusedException.class);
    assertThat(keysOf("", 10)).containsExactly("inside/file");
    assertThat(store.listDirectories("")).containsExactly("inside/");
    try (Stream<Path> files = Files.list(outside)) {
      assertThat(files).containsExactly(outside.resolve("secret"));
    }
  }

  @Test
  void rootMayBeReachedByASymbolicLink_whenTheUserNamesOne() throws IOException {
    store.put("k", segment("x"), PutCondition.NONE);
    Path link = Files.createSymbolicLink(directory.resolve("link"), root);

    try (Store linked = new LocalStore(link, Runnable::run)) {
      assertThat(linked.stat("k")).isEqualTo(store.stat("k"));
    }
  }

  @Test
  void readIsCorrupt_whenTheFileShrinksUnderIt() throws IOException {
    store.put("k", MemorySegment.ofArray(new byte[100_000]), PutCondition.NONE);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(100_000);
      Landing shrinks =
          () -> {
            truncate(root.resolve("k"), 10);
            return List.of(new Landing.Slice(0, target));
          };

      CompletableFuture<ObjectInfo> read = store.read(RangeRequest.of("k", 0, 100_000), shrinks);

      assertThatThrownBy(read::join)
          .hasCauseInstanceOf(CorruptDataException.class)
          .hasMessageContaining("object k");
    }
  }

  private static void truncate(Path file, long bytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tagChanges_whenAFileIsChangedInPlace() throws IOException {
    store.put("k", segment("text"), PutCondition.NONE);
    String before = store.stat("k").orElseThrow().etag();

    truncate(root.resolve("k"), 3);

    assertThat(store.stat("k").orElseThrow().etag()).isNotEqualTo(before);
  }

  @Test
  void nameIsRefused_whenItIsTooLongForTheFileSystem() {
    String key = "a/" + "x".repeat(256);

    assertThatThrownBy(() -> store.put(key, segment("x"), PutCondition.CREATE_ONLY))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("too long");
  }

  @Test
  void namesThatAreNotKeysAreLeftOut_whenListing() throws IOException {
    store.put("k", segment("x"), PutCondition.NONE);
    Files.writeString(root.resolve("back\\slash"), "x");
    Files.createDirectories(root.resolve("line\nbreak/x"));
    Files.writeString(root.resolve("line\nbreak/x/y"), "x");

    assertThat(keysOf("", 10)).containsExactly("k");
    assertThat(store.listDirectories("")).isEmpty();
  }

  @Test
  void writersOfOneDirectoryNeverFail_whileItIsEmptiedBesideThem() throws Exception {
    try (ExecutorService writers = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all =
          Stream.of(0, 1, 2, 3)
              .<Future<?>>map(writer ->
                  writers.submit(() -> {
                    for (int i = 0; i < 50; i++) {
                      String key = "x/y/z/" + writer;
                      assertThat(store.put(key, segment("x"), PutCondition.CREATE_ONLY))
                          .isInstanceOf(PutResult.Stored.class);
                      store.delete(key);
                    }
                  }))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(keysOf("", 10)).isEmpty();
    assertThat(root.resolve("x")).doesNotExist();
  }

  /// Whoever is interrupted while he reads a file closes its channel, for all who share it.
  @Test
  void readGoesOn_whenAnotherReaderOfTheFileIsInterrupted() throws Exception {
    store.put("k", segment("content"), PutCondition.NONE);
    RangeRequest all = RangeRequest.of("k", 0, 7);
    try (LocalStore direct = new LocalStore(root, Runnable::run);
        Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(7);
      Runnable interruptedRead =
          () -> {
            Thread.currentThread().interrupt();
            assertThat(direct.read(all, Landing.into(arena.allocate(7))))
                .isCompletedExceptionally();
            assertThat(Thread.interrupted()).isTrue();
          };
      Landing landing =
          () -> {
            CompletableFuture.runAsync(interruptedRead, threads).join();
            return Landing.into(target).slices();
          };
      direct.read(all, landing).get();
      assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo("content".getBytes(UTF_8));
    }
  }

  @Test
  void anotherFileIsRead_whenItHasTakenTheNameOfOneThatWasRead() throws Exception {
    store.put("k", segment("first"), PutCondition.NONE);
    assertThat(text("k", 5)).isEqualTo("first");
    Files.writeString(root.resolve("aside"), "other");
    Files.move(root.resolve("aside"), root.resolve("k"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(text("k", 5)).isEqualTo("other");
    Files.delete(root.resolve("k"));
    assertThatThrownBy(() -> text("k", 5)).hasCauseInstanceOf(NotFoundException.class);
  }

  @Test
  void everyFileIsRead_whenThereAreMoreThanStayOpen() throws Exception {
    int many = 300;
    for (int i = 0; i < many; i++) {
      store.put("k" + i, segment(String.format("%03d", i)), PutCondition.NONE);
    }
    for (int i = 0; i < 2 * many; i++) {
      assertThat(text("k" + i % many, 3)).isEqualTo(String.format("%03d", i % many));
    }
  }

  private String text(String key, int bytes) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(bytes);
      store.read(RangeRequest.of(key, 0, bytes), Landing.into(target)).get();
      return new String(target.toArray(ValueLayout.JAVA_BYTE), UTF_8);
    }
  }

  @Test
  void putIsInterrupted_whenItsThreadIs() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> store.put("k", segment("x"), PutCondition.NONE))
          .isInstanceOfSatisfying(
              TransientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERRUPTED));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(store.stat("k")).isEmpty();
  }

  @Test
  void readRunsInTheCaller_whenTheExecutorDoes() {
    store.put("k", segment("x"), PutCondition.NONE);
    Thread caller = Thread.currentThread();
    try (Store direct = new LocalStore(root, Runnable::run);
        Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(1);
      CompletableFuture<ObjectInfo> read =
          direct.read(
              RangeRequest.of("k", 0, 1),
              () -> {
                assertThat(Thread.currentThread()).isSameAs(caller);
                return List.of(new Landing.Slice(0, target));
              });
      assertThat(read).isCompleted();
    }
  }
}
