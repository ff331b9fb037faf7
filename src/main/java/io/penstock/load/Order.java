package io.penstock.load;

/// The order in which samples come. Shuffled orders join this closed set later.
public sealed interface Order {
  /// Position after position.
  record Sequential() implements Order {}

  /// The order of the version itself.
  static Order sequential() {
    return new Sequential();
  }
}
