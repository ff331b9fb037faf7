package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.PendingTransfer;
import java.util.concurrent.CompletableFuture;

/// Waiting for a transfer whose memory belongs to the one who waits.
final class Transfers {
  private Transfers() {}

  /// Waits until nobody touches the transfer's memory any more; an interrupt cancels it first.
  ///
  /// @return its value
  static <T> T await(CompletableFuture<T> transfer, String what) {
    InterruptedException interrupt = null;
    while (!transfer.isDone()) {
      try {
        transfer.exceptionally(_ -> null).get();
      } catch (InterruptedException e) {
        interrupt = e;
        transfer.cancel(true);
      } catch (java.util.concurrent.ExecutionException e) {
        throw PendingTransfer.typed(e, what);
      }
    }
    if (interrupt != null) {
      Thread.currentThread().interrupt();
      throw new TransientException(ErrorCode.INTERRUPTED, what + ": interrupted", interrupt);
    }
    return PendingTransfer.await(transfer, what);
  }
}
