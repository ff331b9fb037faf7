package io.penstock.load;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;

/// One sample of one tensor, in a hook's hands.
///
/// @param id the sample's id in the dataset
/// @param type of the elements, in this machine's byte order
/// @param shape of this very sample
/// @param elements row-major, without gaps; borrowed for the call
public record SampleValue(long id, DataType type, Shape shape, MemorySegment elements) {}
