package io.penstock.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The hash of the live rows of a space (`format-spec/order-v1.md` §10): SHA-256 over the first row
/// and the end of each range of live rows. Ranges go on across the borders of fragments.
final class RowsHash {
  private final MessageDigest sha256;
  private final ByteBuffer pending = ByteBuffer.allocate(1 << 13).order(ByteOrder.LITTLE_ENDIAN);
  private long from;
  private long to; // the range that may go on; empty before the first

  private RowsHash() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  static String of(SampleSpace space) {
    RowsHash hash = new RowsHash();
    space.visit(hash::add);
    hash.put();
    hash.flush();
    return HexFormat.of().formatHex(hash.sha256.digest());
  }

  private void add(long first, long end) {
    if (first == to && to > from) {
      to = end;
      return;
    }
    put();
    from = first;
    to = end;
  }

  private void put() {
    if (to > from) {
      pending.putLong(from).putLong(to);
      if (!pending.hasRemaining()) {
        flush();
      }
    }
  }

  private void flush() {
    sha256.update(pending.flip());
    pending.clear();
  }
}
