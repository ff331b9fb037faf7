package io.penstock.cache;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/// One of several processes that share a cache directory, until it is killed; see [SharedCacheIT].
/// Arguments: directory, budget in bytes, seed. Reads random ranges for ever, compares each with
/// what was put, prints a line for each twenty-five, and ends with code 3 at the first wrong byte.
final class CacheProcess {
  static final int CHUNK = 16 << 10;
  static final int UNIT = 2 * CHUNK;
  static final int CHUNKS = 32;
  static final int OBJECTS = 24;

  private final CacheRig rig;
  private final Random random;
  private final byte[][] contents = new byte[OBJECTS][];

  private CacheProcess(CacheRig rig, long seed) {
    this.rig = rig;
    this.random = new Random(seed);
    for (int i = 0; i < OBJECTS; i++) {
      contents[i] = rig.put(key(i), CHUNKS * CHUNK, i);
    }
  }

  static String key(int object) {
    return "fragment/c/" + object;
  }

  public static void main(String[] arguments) {
    long seed = Long.parseLong(arguments[2]);
    try (CacheRig rig = new CacheRig(Path.of(arguments[0]), Long.parseLong(arguments[1]), UNIT)) {
      new CacheProcess(rig, seed).run();
    } catch (Throwable e) {
      e.printStackTrace();
      System.exit(3);
    }
  }

  private void run() {
    // Now these and now those objects are read, so that pieces are evicted all the time.
    int first = random.nextInt(OBJECTS / 2);
    Reading reading = reading(first);
    for (long count = 1; ; count++) {
      compare(first + random.nextInt(OBJECTS / 2));
      if (count % 25 == 0) {
        System.out.println(rig.stats());
      }
      if (count % 75 == 0) {
        reading.close();
        first = random.nextInt(OBJECTS / 2);
        reading = reading(first);
      }
    }
  }

  private Reading reading(int first) {
    return rig.store.reading(
        key -> {
          int object = Integer.parseInt(key.substring(key.lastIndexOf('/') + 1));
          return object >= first && object < first + OBJECTS / 2;
        },
        (long) OBJECTS / 2 * CHUNKS * CHUNK);
  }

  private void compare(int object) {
    int from = random.nextInt(CHUNKS);
    int chunks = 1 + random.nextInt(Math.min(4, CHUNKS - from));
    byte[] read = rig.readChunks(key(object), (long) from * CHUNK, CHUNK, chunks);
    byte[] expected = Arrays.copyOfRange(contents[object], from * CHUNK, (from + chunks) * CHUNK);
    if (!Arrays.equals(read, expected)) {
      throw new AssertionError("wrong bytes in " + key(object) + " from chunk " + from);
    }
  }
}
