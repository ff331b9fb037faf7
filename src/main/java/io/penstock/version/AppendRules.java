package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Schema;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import java.util.List;
import java.util.Optional;

/// What an append must be to be committed, and what stands in its way. Pure functions.
///
/// Appends commute with each other and with deletions, whatever the number of samples before them.
/// A change of the schema does not: every fragment must bring each tensor of the schema, since a
/// tensor has no default for samples that lack it.
final class AppendRules {
  private AppendRules() {}

  /// Checks that an append agrees with itself.
  ///
  /// @throws RefusedException `INVALID_ARGUMENT`
  static void requireSound(Session session, Append append) {
    for (Append.NewFragment fragment : append.fragments()) {
      FragmentEntry entry = fragment.entry();
      if (!entry.id().startsWith(session.id() + "-")) {
        throw refused(entry, "its id does not begin with that of session " + session.id());
      }
      if (entry.rows() < 1) {
        throw refused(entry, "it has " + entry.rows() + " rows");
      }
      List<String> written =
          fragment.layout().tensors().stream().map(TensorLayout::tensor).toList();
      List<String> measured = entry.extents().stream().map(TensorExtent::tensor).toList();
      if (!written.equals(measured)) {
        throw refused(entry, "its layout has " + written + ", its extents have " + measured);
      }
      requireAll(append.schema(), fragment.layout(), entry);
    }
  }

  /// What keeps fragments of this schema from standing in a version of that one, or empty.
  static Optional<String> clash(Schema mine, Schema theirs) {
    if (theirs.tensors().isEmpty()) {
      return Optional.empty();
    }
    for (TensorSpec tensor : theirs.tensors()) {
      Optional<TensorSpec> brought = mine.find(tensor.name());
      if (brought.isEmpty()) {
        return Optional.of(
            "tensor \"" + tensor.name() + "\" is required and has no default; it is not brought");
      }
      Optional<String> difference = difference(brought.get(), tensor);
      if (difference.isPresent()) {
        return difference;
      }
    }
    return mine.tensors().stream()
        .filter(tensor -> theirs.find(tensor.name()).isEmpty())
        .findFirst()
        .map(tensor -> "tensor \"" + tensor.name() + "\" is not in the schema");
  }

  private static Optional<String> difference(TensorSpec mine, TensorSpec theirs) {
    return differs(theirs, "type", mine.type().zarrName(), theirs.type().zarrName())
        .or(() -> differs(theirs, "sample shape", mine.sampleShape(), theirs.sampleShape()))
        .or(() ->
            differs(theirs, "dimension names", mine.dimensionNames(), theirs.dimensionNames()))
        .or(() ->
            differs(
                theirs,
                "media type",
                mine.mediaType().orElse("none"),
                theirs.mediaType().orElse("none")));
  }

  private static Optional<String> differs(
      TensorSpec tensor, String what, Object mine, Object theirs) {
    return mine.equals(theirs)
        ? Optional.empty()
        : Optional.of(
            "tensor \"" + tensor.name() + "\" has " + what + " " + theirs + ", not " + mine);
  }

  private static void requireAll(Schema schema, Layout layout, FragmentEntry entry) {
    for (TensorSpec tensor : schema.tensors()) {
      if (layout.find(tensor.name()).isEmpty()) {
        throw refused(entry, "it lacks tensor \"" + tensor.name() + "\" of its schema");
      }
    }
    if (layout.tensors().size() != schema.tensors().size()) {
      throw refused(entry, "it has tensors that its schema does not name");
    }
  }

  private static RefusedException refused(FragmentEntry entry, String why) {
    return new RefusedException(
        ErrorCode.INVALID_ARGUMENT, "fragment " + entry.id() + " cannot be committed: " + why);
  }
}
