package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Hash64;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/// Where a loader stands, and of what order: all that it takes to go on, on any machine, with any
/// number of ranks, threads and bytes of memory. Taking it is cheap; what is prefetched is no part
/// of it.
///
/// @param content digest of the version's content, in hexadecimal digits
/// @param view hash of the view, in hexadecimal digits; empty for the whole version
/// @param seed of the order
/// @param epoch from 0
/// @param samples of the epoch that were delivered, over all ranks
/// @param batch samples of a global batch
/// @param lanes of the order; 1 where it has none
/// @param runSamples samples of a run; 1 where the order has none
/// @param options hash of what else the batches depend on, see [#optionsHash]
public record LoaderState(
    String content,
    String view,
    long seed,
    long epoch,
    long samples,
    long batch,
    long lanes,
    long runSamples,
    long options) {
  private static final byte FORMAT = 1;
  private static final String ALGORITHM = "penstock-order-1";
  private static final int MOST_TEXT = 4096;
  private static final Pattern HEX = Pattern.compile("([0-9a-f]{2}){0,255}");
  private static final Pattern MEMBER =
      Pattern.compile("\\s*\"([a-z]{1,32})\"\\s*:\\s*(?:\"([0-9a-z-]*)\"|(-?[0-9]{1,19}))\\s*");

  /// Checks the numbers.
  ///
  /// @throws RefusedException for one that no loader can have
  public LoaderState {
    require(HEX.matcher(content).matches(), "content " + content);
    require(HEX.matcher(view).matches(), "view " + view);
    require(epoch >= 0, "epoch " + epoch);
    require(samples >= 0, "samples " + samples);
    require(batch >= 1, "batch " + batch);
    require(lanes >= 1, "lanes " + lanes);
    require(runSamples >= 1, "runSamples " + runSamples);
  }

  /// A hash of what batches depend on beside the seed and the numbers of a state.
  ///
  /// @param shape of the order
  /// @param remainder of an epoch
  /// @param more other options, such as how ragged samples are gathered; empty for none
  public static long optionsHash(OrderShape shape, Remainder remainder, String more) {
    String text = shape.level() + " " + shape.stickyHomes() + " " + remainder + " " + more;
    long hash = Hash64.mix(text.length());
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      hash = Hash64.numbered(hash, each);
    }
    return hash;
  }

  /// The same order at another place.
  public LoaderState at(long otherEpoch, long otherSamples) {
    return new LoaderState(
        content, view, seed, otherEpoch, otherSamples, batch, lanes, runSamples, options);
  }

  /// As a line of JSON. Longs that a double cannot hold are texts.
  public String toJson() {
    return "{\"format\":"
        + FORMAT
        + ",\"algorithm\":\""
        + ALGORITHM
        + "\",\"content\":\""
        + content
        + "\",\"view\":\""
        + view
        + "\",\"seed\":\""
        + Long.toHexString(seed)
        + "\",\"epoch\":"
        + epoch
        + ",\"samples\":"
        + samples
        + ",\"batch\":"
        + batch
        + ",\"lanes\":"
        + lanes
        + ",\"run\":"
        + runSamples
        + ",\"options\":\""
        + Long.toHexString(options)
        + "\"}";
  }

  /// Reads what [#toJson] wrote; members may stand in any order, others are refused.
  ///
  /// @throws RefusedException with code `INVALID_SYNTAX`
  public static LoaderState fromJson(String json) {
    String text = json.strip();
    if (text.length() > MOST_TEXT || !text.startsWith("{") || !text.endsWith("}")) {
      throw syntax("not an object of at most " + MOST_TEXT + " characters");
    }
    Map<String, String> members = new LinkedHashMap<>();
    for (String part : text.substring(1, text.length() - 1).split(",", -1)) {
      Matcher member = MEMBER.matcher(part);
      if (!member.matches()) {
        throw syntax("member " + part);
      }
      String value = member.group(2) != null ? member.group(2) : member.group(3);
      if (members.put(member.group(1), value) != null) {
        throw syntax("member " + member.group(1) + " twice");
      }
    }
    try {
      LoaderState state = new Members(members).state();
      if (!members.isEmpty()) {
        throw syntax("members " + members.keySet() + " are not known");
      }
      return state;
    } catch (NumberFormatException e) {
      throw syntax(String.valueOf(e.getMessage()));
    }
  }

  /// The members of a JSON text, taken one by one.
  private record Members(Map<String, String> left) {
    LoaderState state() {
      checkOrigin(Long.parseLong(text("format")), text("algorithm"));
      return new LoaderState(
          text("content"),
          text("view"),
          Long.parseUnsignedLong(text("seed"), 16),
          Long.parseLong(text("epoch")),
          Long.parseLong(text("samples")),
          Long.parseLong(text("batch")),
          Long.parseLong(text("lanes")),
          Long.parseLong(text("run")),
          Long.parseUnsignedLong(text("options"), 16));
    }

    private String text(String name) {
      String value = left.remove(name);
      if (value == null) {
        throw syntax("member " + name + " is missing");
      }
      return value;
    }
  }

  /// As bytes, about 100: a format byte, the texts with their lengths, the numbers in big-endian
  /// order, and a CRC-32C of all before it.
  public byte[] toBytes() {
    byte[] contentBytes = HexFormat.of().parseHex(content);
    byte[] viewBytes = HexFormat.of().parseHex(view);
    ByteBuffer bytes =
        ByteBuffer.allocate(3 + contentBytes.length + viewBytes.length + 7 * Long.BYTES + 4);
    bytes.put(FORMAT);
    bytes.put((byte) contentBytes.length).put(contentBytes);
    bytes.put((byte) viewBytes.length).put(viewBytes);
    bytes.putLong(seed).putLong(epoch).putLong(samples).putLong(batch);
    bytes.putLong(lanes).putLong(runSamples).putLong(options);
    bytes.putInt(checksum(bytes.array(), bytes.position()));
    return bytes.array();
  }

  /// Reads what [#toBytes] wrote.
  ///
  /// @throws RefusedException with code `INVALID_SYNTAX`
  public static LoaderState fromBytes(byte[] bytes) {
    if (bytes.length < 4
        || checksum(bytes, bytes.length - 4)
            != ByteBuffer.wrap(bytes, bytes.length - 4, 4).getInt()) {
      throw syntax("its checksum is wrong");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, bytes.length - 4);
    try {
      checkOrigin(in.get(), ALGORITHM);
      LoaderState state =
          new LoaderState(
              text(in),
              text(in),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getLong());
      if (in.hasRemaining()) {
        throw syntax(in.remaining() + " bytes too many");
      }
      return state;
    } catch (BufferUnderflowException e) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX, "a loader's state: it ends too early", e);
    }
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[Byte.toUnsignedInt(in.get())];
    in.get(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static int checksum(byte[] bytes, int count) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, count);
    return (int) crc.getValue();
  }

  private static void checkOrigin(long format, String algorithm) {
    if (format != FORMAT || !algorithm.equals(ALGORITHM)) {
      throw syntax(
          "format "
              + format
              + " of "
              + algorithm
              + "; this library knows format "
              + FORMAT
              + " of "
              + ALGORITHM);
    }
  }

  private static RefusedException syntax(String what) {
    return new RefusedException(ErrorCode.INVALID_SYNTAX, "a loader's state: " + what);
  }

  private static void require(boolean met, String what) {
    if (!met) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "a loader's state cannot have " + what);
    }
  }
}
