package io.penstock.image;

import io.penstock.tensor.DataType;

/// What one image's pixels look like.
///
/// @param height in pixels
/// @param width in pixels
/// @param channels 1 grey, 2 grey and alpha, 3 red green blue, 4 the same and alpha
/// @param type uint8, or uint16 for deeper images
public record PixelForm(int height, int width, int channels, DataType type) {
  /// Bytes of all pixels.
  public long bytes() {
    return (long) height * width * channels * type.byteCount();
  }
}
