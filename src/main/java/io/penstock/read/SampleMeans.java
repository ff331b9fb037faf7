package io.penstock.read;

import io.penstock.format.FragmentEntry;
import io.penstock.format.VersionContent;
import java.util.List;

/// How large the samples of some tensors are on average in batches, by the version's records. Pure.
///
/// @param columns that are read
record SampleMeans(VersionContent content, List<Column> columns) {
  /// Bytes of a sample, of all tensors, with the padding to a length that was said.
  double bytes() {
    double bytes = 0;
    for (Column column : columns) {
      long length = column.placement().saidLength();
      bytes +=
          !column.ragged()
              ? column.sampleBytes()
              : length > 0 ? column.bytesOfLength(length) : bytes(column);
    }
    return bytes;
  }

  /// Length of a sample of those tensors that are packed.
  double packedLength() {
    return columns.stream()
        .filter(Column::packedOutput)
        .mapToDouble(column -> bytes(column) / Math.max(1, column.bytesOfLength(1)))
        .min()
        .orElse(0);
  }

  private double bytes(Column column) {
    double bytes = 0;
    for (FragmentEntry fragment : content.fragments()) {
      bytes += Figures.decodedBytes(column.spec(), fragment, content.layout(fragment));
    }
    return bytes / Math.max(1, content.samples());
  }
}
