package io.penstock.read;

import io.penstock.format.VersionContent;

/// The ids of samples, which they keep in all versions of a dataset.
final class SampleIds {
  private SampleIds() {}

  /// The id of the sample in a row of a version.
  static long of(VersionContent content, long row) {
    int fragment = content.fragmentAt(row);
    return content.fragments().get(fragment).firstSampleId() + row - content.firstRow(fragment);
  }
}
