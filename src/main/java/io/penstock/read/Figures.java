package io.penstock.read;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.FragmentRows;
import io.penstock.load.SampleSpace;
import io.penstock.load.VersionFigures;
import java.util.List;

/// What an order is chosen from, as the version's records say it: no I/O.
final class Figures {
  private Figures() {}

  /// All rows of all fragments.
  static SampleSpace space(VersionContent content) {
    List<FragmentRows> fragments =
        content.fragments().stream()
            .map(each -> FragmentRows.of(each.rows(), content.layout(each).groupSamples()))
            .toList();
    return SampleSpace.of(fragments);
  }

  /// Sums over all tensors of the version, read or not: the order must not depend on which are.
  static VersionFigures of(VersionContent content) {
    long stored = 0;
    long decoded = 0;
    long largestGroup = 0;
    for (FragmentEntry fragment : content.fragments()) {
      Layout layout = content.layout(fragment);
      long group = 0;
      for (TensorSpec spec : content.schema().tensors()) {
        for (TensorExtent extent : fragment.extents()) {
          if (extent.tensor().equals(spec.name())) {
            stored = Math.addExact(stored, extent.storedBytes());
            decoded = Math.addExact(decoded, decodedBytes(spec, fragment, layout));
            group = Math.addExact(group, groupBytes(spec, extent, layout));
          }
        }
      }
      largestGroup = Math.max(largestGroup, group);
    }
    return new VersionFigures(stored, decoded, largestGroup);
  }

  /// Decoded bytes of the samples of one tensor of a fragment. Of a ragged one that is a bound: its
  /// values have gaps between groups, and no group is larger than the largest.
  static long decodedBytes(TensorSpec spec, FragmentEntry fragment, Layout layout) {
    if (!spec.ragged()) {
      return spec.sampleShape().prepend(fragment.rows()).bytes(spec.type());
    }
    TensorExtent extent = fragment.extent(spec.name());
    long values = Math.multiplyExact(extent.valueElements(), spec.type().byteCount());
    long groups = Math.ceilDiv(fragment.rows(), layout.groupSamples());
    long largest = extent.largestGroupBytes();
    return largest > 0 && groups > values / largest ? values : groups * largest;
  }

  /// Decoded bytes of the largest group of one tensor of a fragment.
  static long groupBytes(TensorSpec spec, TensorExtent extent, Layout layout) {
    return spec.ragged()
        ? extent.largestGroupBytes()
        : spec.sampleShape().prepend(layout.groupSamples()).bytes(spec.type());
  }
}
