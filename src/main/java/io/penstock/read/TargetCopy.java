package io.penstock.read;

import io.penstock.tensor.BoxCopy;

/// What of a decoded chunk goes to which target of a plan.
///
/// @param target its number
/// @param copy from the chunk into it
record TargetCopy(int target, BoxCopy copy) {
  /// Whether another one continues this one in chunk and target.
  boolean continuedBy(TargetCopy next) {
    return target == next.target && copy.continuedBy(next.copy);
  }

  /// Both as one.
  TargetCopy joined(TargetCopy next) {
    return new TargetCopy(target, copy.joined(next.copy));
  }
}
