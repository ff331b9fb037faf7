package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// The samples that a mix goes over: those of several versions or views, by weight, as [MixedOrder]
/// puts them in order.
///
/// @param streams what is mixed, at least one
/// @param segments weights of the streams, from positions on; the first from position 0
/// @param epochSamples samples that the loader calls an epoch, at least a batch; a mix itself has
///   no epochs: the next one goes on where this one ends, and each stream goes through epochs of
///   its own
public record MixSource(List<OrderSource> streams, List<MixSegment> segments, long epochSamples) {
  /// Copies the lists and checks the numbers.
  ///
  /// @throws RefusedException if weights and streams do not fit each other, or if a stream that has
  ///   a weight has no samples
  public MixSource {
    streams = List.copyOf(streams);
    segments = List.copyOf(segments);
    require(epochSamples >= 1, "an epoch of " + epochSamples + " samples: choose 1 or more");
    for (MixSegment segment : segments) {
      require(
          segment.weights().size() == streams.size(),
          "weights " + segment.weights() + " for " + streams.size() + " streams: give each one");
      for (int s = 0; s < streams.size(); s++) {
        require(
            segment.weights().get(s) == 0 || streams.get(s).space().samples() > 0,
            "stream " + s + " has no samples: give it the weight 0, or leave it out");
      }
    }
  }

  /// Names the samples of all streams in a loader's state: SHA-256 over their contents and views.
  ///
  /// @return 64 lower-case hexadecimal digits
  public String content() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (OrderSource stream : streams) {
        String line = stream.content() + " " + stream.view() + "\n";
        sha256.update(line.getBytes(StandardCharsets.US_ASCII));
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /// A stream's part of the weights at the beginning; an equal part if it has none there.
  ///
  /// @return more than 0, at most 1
  public double part(int stream) {
    List<Long> weights = segments.getFirst().weights();
    long sum = weights.stream().mapToLong(Long::longValue).sum();
    long own = weights.get(stream);
    return own == 0 ? 1.0 / weights.size() : (double) own / sum;
  }

  /// Samples of a batch that come from a stream at the beginning, roughly: what its own order is
  /// chosen for.
  public long batchOf(int stream, long batch) {
    return Math.max(1, Math.round(part(stream) * batch));
  }

  private static void require(boolean met, String otherwise) {
    if (!met) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, otherwise);
    }
  }
}
