package io.penstock.version;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// Random ids. Thread-safe if its generator is.
final class Ids {
  private static final int SESSION_CHARACTERS = 26;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int BITS_OF_CHARACTER = 5;

  private final RandomGenerator random;

  Ids(RandomGenerator random) {
    this.random = random;
  }

  /// 128 bits as 32 hexadecimal digits: for a commit or a dataset.
  String hexadecimal() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }

  /// 130 bits as 26 lower-case characters: for a session, and so for keys.
  String session() {
    StringBuilder id = new StringBuilder(SESSION_CHARACTERS);
    while (id.length() < SESSION_CHARACTERS) {
      id.append(ALPHABET.charAt(random.nextInt(1 << BITS_OF_CHARACTER)));
    }
    return id.toString();
  }
}
