package io.penstock.load;

/// How alike the labels of samples are that are stored together: the intra-run correlation (ICC) by
/// the length of runs. Pure; thread-safe.
///
/// With q the share of equal labels among the pairs of samples of one run, and p(v) the share of
/// the label v among all samples, it is (q − Σ p(v)²) / (1 − Σ p(v)²): the correlation of two
/// samples of one run, taken together for the indicators of all labels. 0 if storage says nothing
/// about labels, 1 if all samples of a run have the same; slightly below 0 if runs are more even
/// than chance. What Kish (*Survey Sampling*, 1965) calls the rate of homogeneity, from which a
/// [design effect][SameRunPairs#designEffect] follows.
@FunctionalInterface
public interface RunCorrelation {
  /// The correlation in runs of so many samples.
  ///
  /// What is known from sketches is exact for chunks, and twice, four times … as many samples, in
  /// one fragment; in between it is interpolated, to within a few hundredths unless blocks of one
  /// label and runs happen to begin together.
  ///
  /// @param runSamples samples of a run (L), 1 or more; runs shorter than a chunk are taken for
  ///   chunks
  /// @return the correlation, −1 to 1; 0 if all samples have one label, and for runs of one sample
  /// @throws io.penstock.error.RefusedException for less than 1
  double at(long runSamples);
}
