package io.penstock.read;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import java.util.ArrayList;
import java.util.List;

/// The contents of several versions, one behind the other, as one content of the tensors that they
/// share.
final class MixedContent {
  private MixedContent() {}

  /// @param contents at least one
  /// @param tensors names of tensors that all of them have, of one type and sample shape
  static VersionContent of(List<VersionContent> contents, List<String> tensors) {
    Schema first = contents.getFirst().schema();
    List<TensorSpec> specs =
        tensors.stream().map(tensor -> first.find(tensor).orElseThrow()).toList();
    List<Layout> layouts = new ArrayList<>();
    List<FragmentEntry> fragments = new ArrayList<>();
    for (VersionContent content : contents) {
      for (FragmentEntry fragment : content.fragments()) {
        fragments.add(
            fragment.placed(layouts.size() + fragment.layout(), fragment.firstSampleId()));
      }
      layouts.addAll(content.layouts());
    }
    return new VersionContent(new Schema(specs), layouts, fragments);
  }
}
