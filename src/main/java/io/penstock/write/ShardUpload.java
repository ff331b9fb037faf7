package io.penstock.write;

import io.penstock.store.Store;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// The way of one shard to the store: a single put when it is one part, else an upload of parts
/// that travel side by side. Runs on a thread of its own from its first part on. Thread-safe.
final class ShardUpload {
  private final Monitor monitor;
  private final Store store;
  private final TaskGroup tasks;
  private final StoreGate gate;
  private final String key;
  private final ArrayDeque<Part> waiting = new ArrayDeque<>();
  private boolean started;

  ShardUpload(Monitor monitor, Store store, TaskGroup tasks, StoreGate gate, String key) {
    this.monitor = monitor;
    this.store = store;
    this.tasks = tasks;
    this.gate = gate;
    this.key = key;
  }

  private record Part(Workspace.Buffer buffer, long from, long to, boolean last) {
    MemorySegment content() {
      return buffer.segment().asSlice(from, to - from);
    }
  }

  /// Takes the next part, which stands at `from` to `to` of its buffer, and ownership of that. The
  /// caller holds the monitor.
  void add(Workspace.Buffer buffer, long from, long to, boolean last) {
    waiting.add(new Part(buffer, from, to, last));
    monitor.update(() -> {});
    if (!started) {
      started = true;
      tasks.fork("penstock-put " + key, this::run);
    }
  }

  private void run() {
    Part first = next();
    if (first.last) {
      gate.put(key, first.content());
      first.buffer.release();
    } else {
      stream(first);
    }
  }

  private Part next() {
    return monitor.await(() -> Optional.ofNullable(waiting.poll()));
  }

  private void stream(Part first) {
    try (Upload upload = gate.pass(() -> store.upload(key))) {
      Part part = first;
      send(upload, part);
      while (!part.last) {
        part = next();
        send(upload, part);
      }
      gate.pass(upload::complete);
    }
  }

  private void send(Upload upload, Part part) {
    CompletableFuture<Void> _ =
        upload.append(part.content()).whenComplete((_, failure) -> sent(part, failure));
  }

  private void sent(Part part, @Nullable Throwable failure) {
    if (failure != null) {
      boolean wrapped = failure instanceof CompletionException;
      Throwable cause = failure.getCause();
      monitor.fail(wrapped && cause != null ? cause : failure);
    }
    part.buffer.release();
  }
}
