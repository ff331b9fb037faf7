package io.penstock.load;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The batches of one epoch as a stream; those that are still open are closed with it.
final class BatchStream implements Spliterator<Batch> {
  private final Iterator<Batch> batches;
  private final List<Batch> open = new ArrayList<>(); // guarded by itself; closed ones leave later

  private BatchStream(Loader loader) {
    batches = loader.iterator();
  }

  static Stream<Batch> of(Loader loader) {
    BatchStream batches = new BatchStream(loader);
    return StreamSupport.stream(batches, false).onClose(batches::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super Batch> action) {
    if (!batches.hasNext()) {
      return false;
    }
    Batch batch = batches.next();
    synchronized (open) {
      open.removeIf(Batch::closed);
      open.add(batch);
    }
    action.accept(batch);
    return true;
  }

  /// Batches come one after the other: there is nothing to take side by side.
  @Override
  public @Nullable Spliterator<Batch> trySplit() {
    return null;
  }

  @Override
  public long estimateSize() {
    return Long.MAX_VALUE;
  }

  @Override
  public int characteristics() {
    return ORDERED | NONNULL | IMMUTABLE;
  }

  private void close() {
    synchronized (open) {
      open.forEach(Batch::close);
    }
  }
}
