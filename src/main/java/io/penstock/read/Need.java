package io.penstock.read;

import java.util.ArrayDeque;
import java.util.List;

/// Something that is to be fetched, in parts, and by when. Confined to the coordinator where it
/// does not say otherwise.
abstract sealed class Need permits Group, ResidentUnit {
  private List<Part> parts = List.of();
  private boolean planned;
  private int asked;

  /// Whether nobody wants it any more. Guarded by the pipeline.
  boolean dropped;

  /// Parts that have landed, with their bytes or a failure, and wait until it is ready. Guarded by
  /// the pipeline.
  final ArrayDeque<Part> landed = new ArrayDeque<>(1);

  /// Index of its fragment in the version.
  abstract int fragment();

  /// The number of the first batch that needs it.
  abstract long deadline();

  /// Whether what lands of it can be decoded at once.
  ///
  /// @param opened number of the first batch that is not open
  abstract boolean ready(long opened);

  /// Whether it is known what is to be read of it.
  final boolean planned() {
    return planned;
  }

  final void plan(List<Part> toRead) {
    parts = List.copyOf(toRead);
    planned = true;
  }

  /// What is read of it, once it is planned.
  final List<Part> parts() {
    return parts;
  }

  /// The parts that have not been asked for.
  final List<Part> unasked() {
    return parts.subList(asked, parts.size());
  }

  /// Whether nothing of it has been asked for.
  final boolean untouched() {
    return asked == 0 && !asked();
  }

  /// Some more parts are asked for, the first ones first.
  final void ask(int more) {
    asked += more;
  }

  /// Whether nothing of it is left to be asked for.
  final boolean asked() {
    return dropped || (planned && asked == parts.size());
  }
}
