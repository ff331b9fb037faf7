package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderPlan;
import io.penstock.load.OrderSource;
import io.penstock.read.ReadEngine;
import java.util.List;
import java.util.Map;

/// What a loader goes over.
sealed interface LoaderSource {
  /// The tensors that there are.
  List<String> tensors();

  /// Refuses a tensor that is not there.
  void check(String tensor);

  /// The environment of the process.
  Map<String, String> environment();

  /// What a loader would do.
  LoaderPlan plan(LoaderOptions options);

  /// A loader.
  Loader loader(LoaderOptions options);

  /// A view.
  record OfView(View view) implements LoaderSource {
    @Override
    public List<String> tensors() {
      return names(view.version().record().schema());
    }

    @Override
    public void check(String tensor) {
      view.version().tensor(tensor);
    }

    @Override
    public Map<String, String> environment() {
      return view.version().environment();
    }

    @Override
    public LoaderPlan plan(LoaderOptions options) {
      return view.version().engine().plan(options, view.source());
    }

    @Override
    public Loader loader(LoaderOptions options) {
      OrderSource source = view.source();
      Loader loader = view.version().engine().loader(options, source);
      view.version().expect(loader, source.space(), options.tensors(), parts(options));
      return loader;
    }

    /// Homes that stay let a rank meet the same part of the version in every epoch.
    private static int parts(LoaderOptions options) {
      return options.order().stickyHomes() ? options.share().worldSize() : 1;
    }

    @Override
    public String toString() {
      return view.toString();
    }
  }

  /// A mix.
  record OfMix(Mix mix) implements LoaderSource {
    private Version first() {
      return mix.views().getFirst().version();
    }

    @Override
    public List<String> tensors() {
      return names(first().record().schema()).stream()
          .filter(name ->
              mix.views().stream()
                  .allMatch(view -> view.version().record().schema().find(name).isPresent()))
          .toList();
    }

    @Override
    public void check(String tensor) {
      TensorSpec spec = first().tensor(tensor).spec();
      for (View view : mix.views()) {
        TensorSpec other = view.version().tensor(tensor).spec();
        if (other.type() != spec.type() || !other.sampleShape().equals(spec.sampleShape())) {
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "tensor "
                  + tensor
                  + " cannot be mixed: it is "
                  + words(spec)
                  + " in "
                  + first()
                  + " and "
                  + words(other)
                  + " in "
                  + view.version());
        }
      }
    }

    private static String words(TensorSpec spec) {
      return spec.type().zarrName() + " " + spec.sampleShape();
    }

    @Override
    public Map<String, String> environment() {
      return first().environment();
    }

    @Override
    public LoaderPlan plan(LoaderOptions options) {
      return engine(options).plan(options, mix.source(), contents());
    }

    @Override
    public Loader loader(LoaderOptions options) {
      Loader loader = engine(options).loader(options, mix.source(), contents());
      for (View view : mix.views()) {
        view.version().expect(loader, view.source().space(), options.tensors(), 1);
      }
      return loader;
    }

    private ReadEngine engine(LoaderOptions options) {
      List<Version> versions = mix.views().stream().map(View::version).toList();
      return first().dataset().newEngine(versions, options.tensors());
    }

    private List<VersionContent> contents() {
      return mix.views().stream().map(view -> view.version().content()).toList();
    }

    @Override
    public String toString() {
      return mix.toString();
    }
  }

  private static List<String> names(Schema schema) {
    return schema.tensors().stream().map(TensorSpec::name).toList();
  }
}
