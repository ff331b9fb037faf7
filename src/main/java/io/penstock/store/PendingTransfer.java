package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The future of a transfer into or out of lent memory, for those who implement a [Store]: it is
/// done only when nobody touches that memory any more. Cancelling it asks the transfer to stop; the
/// future is cancelled at once if the transfer has not begun, and otherwise as soon as it has
/// stopped. Thread-safe.
///
/// @param <T> what the transfer yields
public final class PendingTransfer<T> extends CompletableFuture<T> {
  /// A transfer as blocking code.
  ///
  /// @param <T> what the transfer yields
  @FunctionalInterface
  public interface Work<T> {
    /// Moves the bytes. Calls [PendingTransfer#stopIfCancelled] between pieces, or hands
    /// [PendingTransfer#whenCancelled] what breaks off a wait.
    @Nullable T run(PendingTransfer<T> transfer);
  }

  private enum Phase {
    QUEUED,
    RUNNING,
    STOPPING,
    ENDED
  }

  private final Object lock = new Object();
  private Phase phase = Phase.QUEUED;
  private @Nullable Runnable interruption;

  private PendingTransfer() {}

  /// Runs a transfer on the executor, which may be one that runs it in the caller. A typed failure
  /// of the work becomes the failure of the future.
  ///
  /// @param what names the transfer in messages
  public static <T> PendingTransfer<T> start(Executor executor, String what, Work<T> work) {
    PendingTransfer<T> transfer = new PendingTransfer<>();
    try {
      executor.execute(() -> transfer.run(work));
    } catch (RejectedExecutionException e) {
      transfer.fail(
          new RefusedException(ErrorCode.CLOSED, what + ": the transfer threads are closed", e));
    }
    return transfer;
  }

  /// Waits for a transfer: returns its value or throws its typed failure.
  ///
  /// @param what names the transfer in messages
  /// @throws TransientException with `INTERRUPTED`, and the interrupt flag set, when the waiting
  ///   thread is interrupted; the transfer goes on
  public static <T> T await(CompletableFuture<T> transfer, String what) {
    try {
      return transfer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientException(ErrorCode.INTERRUPTED, what + ": interrupted", e);
    } catch (CancellationException e) {
      throw new TransientException(ErrorCode.INTERRUPTED, what + ": cancelled", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw typed(e.getCause(), what);
    }
  }

  /// Waits until all transfers are done, however they end. May be called from a stage of one of
  /// them: that one is done by then, and is not waited for.
  public static void awaitEnds(List<? extends CompletableFuture<?>> transfers) {
    for (CompletableFuture<?> transfer : transfers) {
      transfer.handle((_, _) -> true).join();
    }
  }

  /// The typed failure behind what a future threw: unwrapped if it is one of ours.
  public static PenstockException typed(@Nullable Throwable failure, String what) {
    return switch (failure) {
      case PenstockException ours -> ours;
      case CompletionException wrapped when wrapped.getCause() != null ->
          typed(wrapped.getCause(), what);
      case CancellationException cancelled ->
          new TransientException(ErrorCode.INTERRUPTED, what + ": cancelled", cancelled);
      case Error error -> throw error;
      case null -> new RefusedException(ErrorCode.INTERNAL, what + ": failed without a cause");
      default -> new RefusedException(ErrorCode.INTERNAL, what + ": " + failure, failure);
    };
  }

  private void run(Work<T> work) {
    synchronized (lock) {
      if (phase != Phase.QUEUED) {
        return;
      }
      phase = Phase.RUNNING;
    }
    try {
      @Nullable T value = work.run(this);
      end();
      complete(value);
    } catch (CancellationException e) {
      end();
      super.cancel(false);
    } catch (RuntimeException | Error e) {
      if (end() == Phase.STOPPING) {
        super.cancel(false);
      } else {
        completeExceptionally(e);
      }
    }
  }

  /// Marks the memory as untouched from here on, and says what phase that ended.
  private Phase end() {
    synchronized (lock) {
      Phase before = phase;
      phase = Phase.ENDED;
      interruption = null;
      return before;
    }
  }

  private void fail(RuntimeException failure) {
    end();
    completeExceptionally(failure);
  }

  /// Throws [CancellationException] when the transfer has been cancelled. For the work.
  public void stopIfCancelled() {
    synchronized (lock) {
      if (phase == Phase.STOPPING) {
        throw new CancellationException();
      }
    }
  }

  /// Says what to run, once, when the transfer is cancelled while the work waits; at once if it has
  /// been cancelled already. For the work.
  public void whenCancelled(Runnable interruption) {
    boolean stopping;
    synchronized (lock) {
      stopping = phase == Phase.STOPPING;
      if (phase == Phase.RUNNING) {
        this.interruption = interruption;
      }
    }
    if (stopping) {
      interruption.run();
    }
  }

  /// Asks the transfer to stop.
  ///
  /// @return whether the future is cancelled now; false means that it will be done soon, cancelled
  ///   or not
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    Runnable toRun = null;
    boolean queued = false;
    synchronized (lock) {
      switch (phase) {
        case QUEUED -> {
          phase = Phase.ENDED;
          queued = true;
        }
        case RUNNING -> {
          phase = Phase.STOPPING;
          toRun = interruption;
          interruption = null;
        }
        case STOPPING, ENDED -> {}
      }
    }
    if (queued) {
      return super.cancel(false);
    }
    if (toRun != null) {
      toRun.run();
    }
    return isCancelled();
  }

  /// Stages that depend on this one are ordinary futures: cancelling them stops nothing.
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
