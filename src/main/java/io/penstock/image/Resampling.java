package io.penstock.image;

/// Another size for the pixels of an image: linear between pixels when it grows, an average of
/// those beneath when it shrinks. The same bytes on every machine. Pure.
final class Resampling {
  /*
   * A triangle filter as wide as an output pixel, or as an input pixel where that is wider, along the
   * rows and then along the columns. Pixel centres lie at halves.
   */
  private Resampling() {}

  /// Pixels of another size.
  ///
  /// @param pixels row by row, `channels` bytes each, unsigned
  static byte[] resize(
      byte[] pixels, int height, int width, int channels, int newHeight, int newWidth) {
    byte[] wide = along(pixels, height, width, channels, newWidth);
    // A column is a row whose pixels are whole rows.
    return along(wide, 1, height, newWidth * channels, newHeight);
  }

  /// Rows with another number of pixels.
  private static byte[] along(byte[] pixels, int rows, int length, int channels, int newLength) {
    if (length == newLength) {
      return pixels;
    }
    byte[] result = new byte[Math.multiplyExact(Math.multiplyExact(rows, newLength), channels)];
    double scale = (double) length / newLength;
    double reach = Math.max(1, scale);
    float[] sums = new float[channels];
    for (int to = 0; to < newLength; to++) {
      double centre = (to + 0.5) * scale;
      int first = Math.max(0, (int) Math.floor(centre - reach));
      int end = Math.min(length, (int) Math.ceil(centre + reach));
      float[] weights = weights(centre, reach, first, end);
      for (int row = 0; row < rows; row++) {
        java.util.Arrays.fill(sums, 0.5f);
        for (int from = first; from < end; from++) {
          float weight = weights[from - first];
          int at = (row * length + from) * channels;
          for (int channel = 0; channel < channels; channel++) {
            sums[channel] += weight * (pixels[at + channel] & 0xff);
          }
        }
        int at = (row * newLength + to) * channels;
        for (int channel = 0; channel < channels; channel++) {
          result[at + channel] = (byte) Math.min(255, (int) sums[channel]);
        }
      }
    }
    return result;
  }

  private static float[] weights(double centre, double reach, int first, int end) {
    double[] weights = new double[end - first];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / reach);
      sum += weights[i];
    }
    float[] result = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      result[i] = (float) (weights[i] / sum);
    }
    return result;
  }
}
