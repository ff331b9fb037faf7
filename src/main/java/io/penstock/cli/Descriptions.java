package io.penstock.cli;

import io.penstock.Tensor;
import io.penstock.Version;
import io.penstock.format.TensorSpec;
import java.util.ArrayList;
import java.util.List;

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
