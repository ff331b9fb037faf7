package io.penstock.cli;

import io.penstock.Tensor;
import io.penstock.Version;
import io.penstock.convert.ConversionOptions;
import io.penstock.format.FragmentEntry;
import io.penstock.format.TensorSpec;
import io.penstock.format.WriteShuffle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Versions and tensors as documents, with the member names that scripts rely on.
final class Descriptions {
  private Descriptions() {}

  static Document.Fields version(String uri, Version version) {
    List<Object> tensors = new ArrayList<>();
    for (Tensor tensor : version.tensors()) {
      tensors.add(tensor(tensor.spec()).with("bytes", new ByteCount(tensor.bytes())).map());
    }
    return new Document.Fields()
        .with("uri", uri)
        .with("version", version.name())
        .with("branch", version.record().branch())
        .with("commit", version.record().commit())
        .with("time", version.record().time())
        .with("samples", version.samples())
        .with("bytes", new ByteCount(version.bytes()))
        .with("digest", version.digest().hex())
        .with("fragments", version.fragments())
        .with("tensors", tensors);
  }

  /// How a conversion will shuffle, in the words of what is recorded.
  static Document.Fields shuffle(ConversionOptions.Shuffle shuffle) {
    return new Document.Fields()
        .with("algorithm", WriteShuffle.TUMBLING)
        .with("seed", shuffle.seed())
        .with("bufferBytes", new ByteCount(shuffle.bytes()));
  }

  /// How the samples of a fragment were shuffled.
  static Document.Fields shuffle(WriteShuffle shuffle) {
    return new Document.Fields()
        .with("algorithm", shuffle.algorithm())
        .with("seed", shuffle.seed())
        .with("bufferBytes", new ByteCount(shuffle.bufferBytes()))
        .with("bufferSamples", shuffle.bufferSamples());
  }

  /// How what a version added was shuffled: one entry for each fragment that was.
  static List<Object> shuffles(Version version, Optional<Version> before) {
    long known = before.map(earlier -> earlier.record().nextSampleId()).orElse(0L);
    List<Object> shuffles = new ArrayList<>();
    for (FragmentEntry fragment : version.record().fragments()) {
      if (fragment.firstSampleId() >= known) {
        fragment.shuffle().ifPresent(shuffle -> shuffles.add(shuffle(shuffle).map()));
      }
    }
    return shuffles;
  }

  static Document.Fields tensor(TensorSpec spec) {
    return new Document.Fields()
        .with("name", spec.name())
        .with("dtype", spec.type().zarrName())
        .with("shape", spec.sampleShape())
        .with("ragged", spec.ragged())
        .with("mediaType", spec.mediaType());
  }

  static Document.Fields tensorInFull(TensorSpec spec) {
    return tensor(spec)
        .with("dimensionNames", spec.dimensionNames())
        .with("description", spec.description());
  }
}
