package io.penstock.format;

import io.penstock.codec.CodecChain;

/// What is known of a tensor's data when a layout is planned.
///
/// @param tensor name
/// @param meanSampleBytes decoded bytes of a sample, for a ragged tensor the mean over some of its
///   data; 0 or more
/// @param codecs chain for its elements: for the inner chunks of a fixed tensor, of `values` of a
///   ragged one
public record TensorMeasure(String tensor, long meanSampleBytes, CodecChain codecs) {}
