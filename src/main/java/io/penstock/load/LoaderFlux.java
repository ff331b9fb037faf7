package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/// Batches as a Reactor [Flux], for who has Reactor: the one part of the library that needs
/// `io.projectreactor:reactor-core`, which nobody else has to add.
///
/// One element is one batch; the subscriber closes it. A batch is taken from the loader when it was
/// requested, so demand is the window: how many batches may be open at once. Operators that buffer
/// (`publishOn`, `flatMap`, `buffer`) request ahead, each batch of which takes memory of the
/// loader; give them a small prefetch.
///
/// A subscription goes to the end of the epoch in which the loader stands; another one, when the
/// first is over, goes on. A failure of a batch ends it, and the loader stands at the next batch
/// then. Signals come on a virtual thread of the loader's, one after the other. Nothing here
/// blocks.
public final class LoaderFlux {
  /// What to add to a build.
  private static final String COORDINATES = "io.projectreactor:reactor-core:3.8.7";

  private LoaderFlux() {}

  /// The batches of the epoch in which the loader stands. A batch that arrives after the
  /// subscription was cancelled is closed; those that lie in buffers of the pipeline are closed if
  /// it ends with `doOnDiscard(Batch.class, Batch::close)`: see the other method.
  ///
  /// @throws RefusedException with code `UNSUPPORTED` where Reactor is not on the class path
  public static Flux<Batch> of(Loader loader) {
    requireReactor();
    return Flux.from(new BatchPublisher(loader));
  }

  /// The same through a pipeline whose buffers are emptied properly: batches that it discards, when
  /// it is cancelled, fails or filters, are closed.
  ///
  /// @param pipeline operators on the batches; what it does with a batch it does before the batch
  ///   is closed
  /// @throws RefusedException with code `UNSUPPORTED` where Reactor is not on the class path
  public static <T> Flux<T> through(
      Loader loader, Function<? super Flux<Batch>, ? extends Publisher<T>> pipeline) {
    return of(loader).transform(pipeline).doOnDiscard(Batch.class, Batch::close);
  }

  private static void requireReactor() {
    try {
      Class.forName("reactor.core.publisher.Flux", false, LoaderFlux.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new RefusedException(
          ErrorCode.UNSUPPORTED, "batches as a Flux need Reactor: add " + COORDINATES, e);
    }
  }
}
