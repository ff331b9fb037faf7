package io.penstock.cli;

import io.penstock.Ref;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Names;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a command looks: `ROOT[@REF][#TENSOR[FROM:TO]]`, such as `s3://b/ds@main:12#image[0:4]`.
///
/// The reference begins at the last `@` behind the last `/` of the root, so that paths may hold one
/// further up.
///
/// @param root URI or path of the dataset
/// @param ref which version; empty for the newest
/// @param tensor a tensor's name
/// @param samples which of its samples
record DatasetUri(
    String root, Optional<Ref> ref, Optional<String> tensor, Optional<SampleRange> samples) {
  private static final Pattern PART =
      Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]*)(?:\\[([0-9]*)(:?)([0-9]*)\\])?");

  /// Samples from one position to another.
  ///
  /// @param from inclusive; empty for the first
  /// @param to exclusive; empty for the end
  record SampleRange(Optional<Long> from, Optional<Long> to) {
    /// The range within a version of so many samples.
    long[] within(long samples) {
      long first = from.orElse(0L);
      long end = to.orElse(samples);
      if (first > end || end > samples) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "samples [" + first + ":" + end + "] are not within 0 to " + samples);
      }
      return new long[] {first, end};
    }
  }

  /// Reads a user's text.
  static DatasetUri parse(String text) {
    int hash = text.lastIndexOf('#');
    String place = hash < 0 ? text : text.substring(0, hash);
    int at = place.lastIndexOf('@');
    boolean named = at > place.lastIndexOf('/');
    String root = named ? place.substring(0, at) : place;
    if (root.isEmpty()) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX, "\"" + text + "\" names no dataset before @ and #");
    }
    Optional<Ref> ref = named ? Optional.of(Ref.parse(place.substring(at + 1))) : Optional.empty();
    if (hash < 0) {
      return new DatasetUri(root, ref, Optional.empty(), Optional.empty());
    }
    Matcher part = PART.matcher(text.substring(hash + 1));
    if (!part.matches()) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX,
          "\"" + text.substring(hash + 1) + "\" is no tensor with samples, such as image[0:4]");
    }
    Names.check("tensor", part.group(1));
    return new DatasetUri(root, ref, Optional.of(part.group(1)), range(part));
  }

  private static Optional<SampleRange> range(Matcher part) {
    if (part.group(2) == null) {
      return Optional.empty();
    }
    Optional<Long> from = number(part.group(2));
    if (!part.group(3).isEmpty()) {
      return Optional.of(new SampleRange(from, number(part.group(4))));
    }
    if (from.isEmpty()) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX,
          "\"" + part.group() + "\" names no sample between its brackets");
    }
    return Optional.of(new SampleRange(from, from.map(one -> one + 1)));
  }

  private static Optional<Long> number(String digits) {
    try {
      return digits.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(digits));
    } catch (NumberFormatException e) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX, "\"" + digits + "\" is no position of a sample", e);
    }
  }

  /// The version that is meant.
  Ref refOrLatest() {
    return ref.orElse(Ref.latest());
  }

  /// The branch that a command commits to.
  String branch() {
    return switch (refOrLatest()) {
      case Ref.Named(String name) -> name;
      case Ref.Numbered _, Ref.AsOf _ ->
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "@" + refOrLatest() + " is a version; a commit goes to a branch, such as @main");
    };
  }

  /// Refuses a tensor where a whole dataset is meant.
  DatasetUri wholeDataset() {
    if (tensor.isPresent()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "#" + tensor.get() + " has no meaning for this command");
    }
    return this;
  }

  /// Reads URIs out of arguments.
  static final class Converter implements picocli.CommandLine.ITypeConverter<DatasetUri> {
    @Override
    public DatasetUri convert(String text) {
      return parse(text);
    }
  }
}
