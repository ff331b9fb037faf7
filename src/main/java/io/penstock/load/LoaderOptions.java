package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What a loader is asked for.
///
/// @param tensors names, each once, at least one
/// @param batchSize samples of a global batch, over all ranks, 1 or more
/// @param order of the samples
/// @param seed of the order
/// @param share of this rank
/// @param remainder what becomes of the samples that do not fill a batch
/// @param onBadSample what becomes of damaged samples
/// @param maxBatchBytes the largest batch of this rank; 0 means a quarter of the budget
/// @param epochs how many epochs will be read, counted from the first of all, so that the next one
///   is fetched before the last batch of this one is taken, and nothing behind the last one; 0 if
///   that is not known
/// @param resume where to go on
/// @param form of batches: how ragged samples are gathered, and what is done to samples
public record LoaderOptions(
    List<String> tensors,
    int batchSize,
    Order order,
    long seed,
    Share share,
    Remainder remainder,
    OnBadSample onBadSample,
    long maxBatchBytes,
    long epochs,
    Optional<LoaderState> resume,
    BatchForm form) {
  /// Copies the list and checks what can be checked without a version.
  public LoaderOptions {
    tensors = List.copyOf(tensors);
    require(
        !tensors.isEmpty() && tensors.stream().distinct().count() == tensors.size(),
        "tensors " + tensors + " must be some, each once");
    require(batchSize >= 1, "batchSize " + batchSize + " is less than 1");
    require(maxBatchBytes >= 0, "maxBatchBytes " + maxBatchBytes + " is negative");
    require(epochs >= 0, "epochs " + epochs + " is negative");
    SampleOrder.checkWorldSize(share.worldSize(), batchSize);
    form.check(tensors);
  }

  /// With defaults for all else: seed 0, one rank, an uneven last batch, failure on damage.
  public static LoaderOptions of(List<String> tensors, int batchSize, Order order) {
    return new LoaderOptions(
        tensors,
        batchSize,
        order,
        0,
        Share.WHOLE,
        Remainder.UNEVEN,
        OnBadSample.FAIL,
        0,
        0,
        Optional.empty(),
        BatchForm.AS_STORED);
  }

  /// The same with another seed.
  public LoaderOptions withSeed(long other) {
    return with(draft -> draft.seed = other);
  }

  /// The same for another rank.
  public LoaderOptions withShare(Share other) {
    return with(draft -> draft.share = other);
  }

  /// The same with another treatment of the last samples.
  public LoaderOptions withRemainder(Remainder other) {
    return with(draft -> draft.remainder = other);
  }

  /// The same with another treatment of damaged samples.
  public LoaderOptions withOnBadSample(OnBadSample other) {
    return with(draft -> draft.onBadSample = other);
  }

  /// The same with another limit.
  public LoaderOptions withMaxBatchBytes(long other) {
    return with(draft -> draft.maxBatchBytes = other);
  }

  /// The same for so many epochs.
  public LoaderOptions withEpochs(long other) {
    return with(draft -> draft.epochs = other);
  }

  /// The same with another form of batches.
  public LoaderOptions withForm(BatchForm other) {
    return with(draft -> draft.form = other);
  }

  /// The same from the beginning.
  public LoaderOptions withoutResume() {
    return with(draft -> draft.resume = Optional.empty());
  }

  /// The same, going on where a loader stood.
  public LoaderOptions withResume(LoaderState state) {
    return with(draft -> draft.resume = Optional.of(state));
  }

  /// The same with the seed of a state, and with its lanes and runs where the order leaves them
  /// open.
  ///
  /// @throws RefusedException if the state has another batch
  public LoaderOptions resumed(LoaderState state) {
    require(
        state.batch() == batchSize,
        "batchSize " + batchSize + " cannot go on with batches of " + state.batch());
    return with(draft -> {
      draft.order = order.resumed(state);
      draft.seed = state.seed();
    });
  }

  private LoaderOptions with(Consumer<Draft> change) {
    Draft draft = new Draft();
    change.accept(draft);
    return draft.options();
  }

  /// These options, while some of them change.
  private final class Draft {
    private Order order = LoaderOptions.this.order;
    private long seed = LoaderOptions.this.seed;
    private Share share = LoaderOptions.this.share;
    private Remainder remainder = LoaderOptions.this.remainder;
    private OnBadSample onBadSample = LoaderOptions.this.onBadSample;
    private long maxBatchBytes = LoaderOptions.this.maxBatchBytes;
    private long epochs = LoaderOptions.this.epochs;
    private Optional<LoaderState> resume = LoaderOptions.this.resume;
    private BatchForm form = LoaderOptions.this.form;

    LoaderOptions options() {
      return new LoaderOptions(
          tensors,
          batchSize,
          order,
          seed,
          share,
          remainder,
          onBadSample,
          maxBatchBytes,
          epochs,
          resume,
          form);
    }
  }

  private static void require(boolean met, String otherwise) {
    if (!met) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, otherwise);
    }
  }
}
