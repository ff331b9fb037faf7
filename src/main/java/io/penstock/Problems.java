package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// Problems that are found together, to be told together. One thread at a time.
final class Problems {
  private final List<PenstockException> found = new ArrayList<>();

  void add(String text) {
    add(new RefusedException(ErrorCode.INVALID_ARGUMENT, text));
  }

  /// Notes a problem, unless one with the same words is known.
  void add(PenstockException problem) {
    if (found.stream()
        .noneMatch(known -> Objects.equals(known.getMessage(), problem.getMessage()))) {
      found.add(problem);
    }
  }

  /// Whether a check passes; a refusal is noted, other failures pass through.
  boolean passes(Runnable check) {
    try {
      check.run();
      return true;
    } catch (RefusedException | NotFoundException e) {
      add(e);
      return false;
    }
  }

  /// Makes something if there are no problems. If there are, it is tried nevertheless, as long as
  /// it is refused with one variant of the options after the other, to find those that remain.
  ///
  /// @param what for the message
  /// @param variants of the options, as they were asked for, then with less and less in them
  /// @param make may be refused
  /// @param discard what was made to no purpose
  /// @throws PenstockException the one problem, or all of them
  <O, T> T unless(
      String what, List<Supplier<O>> variants, Function<O, T> make, Consumer<T> discard) {
    for (Supplier<O> variant : variants) {
      try {
        T made = make.apply(variant.get());
        if (found.isEmpty()) {
          return made;
        }
        discard.accept(made);
        break;
      } catch (RefusedException | NotFoundException e) {
        add(e);
      }
    }
    throw failure(what);
  }

  /// The one problem that there is, or all of them.
  PenstockException failure(String what) {
    if (found.size() == 1) {
      return found.getFirst();
    }
    StringBuilder text =
        new StringBuilder(what).append(" has ").append(found.size()).append(" problems:");
    for (int i = 0; i < found.size(); i++) {
      text.append("\n  ").append(i + 1).append(". ").append(found.get(i).getMessage());
    }
    RefusedException all = new RefusedException(ErrorCode.INVALID_ARGUMENT, text.toString());
    found.forEach(all::addSuppressed);
    return all;
  }
}
