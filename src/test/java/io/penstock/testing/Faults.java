package io.penstock.testing;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/// Chooses what happens to each request of a process. Asked once for each, in order.
@FunctionalInterface
public interface Faults {
  /// The fate of a request.
  Fault at(Request request);

  /// All goes well.
  static Faults none() {
    return new Faults() {
      @Override
      public Fault at(Request request) {
        return Fault.NONE;
      }

      @Override
      public String toString() {
        return "no faults";
      }
    };
  }

  /// The process dies at one of its requests, in one of the three ways.
  static Faults crashAt(long number, Fault how) {
    return only(number, how);
  }

  /// One fault at one request of the process, counted from 0.
  static Faults only(long number, Fault fault) {
    return new Faults() {
      @Override
      public Fault at(Request request) {
        return request.number() == number ? fault : Fault.NONE;
      }

      @Override
      public String toString() {
        return fault + " at request " + number;
      }
    };
  }

  /// A fault at the n-th request of one kind to keys with one ending, counted from 0.
  static Faults onlyAt(Operation operation, String keyEnding, int occurrence, Fault fault) {
    return new Faults() {
      private int seen;

      @Override
      public Fault at(Request request) {
        boolean matches = request.operation() == operation && request.key().endsWith(keyEnding);
        return matches && seen++ == occurrence ? fault : Fault.NONE;
      }

      @Override
      public String toString() {
        return fault + " at " + operation + " " + occurrence + " of …" + keyEnding;
      }
    };
  }

  /// Random faults in a mix that is itself random: each kind is absent or has a share between 0.3 %
  /// and 30 % of the requests. Crashes and ignored conditions are not among them.
  static Faults mix(long seed) {
    return new RandomFaults(seed, false);
  }

  /// The same, and the process may die at any request, with a share drawn in the same way.
  static Faults mixWithCrashes(long seed) {
    return new RandomFaults(seed, true);
  }

  /// Faults drawn from a seed.
  final class RandomFaults implements Faults {
    private final Random random;
    private final Map<Fault, Double> shares = new EnumMap<>(Fault.class);

    RandomFaults(long seed, boolean crashes) {
      this.random = new Random(seed);
      for (Fault fault : Fault.values()) {
        boolean present = random.nextBoolean();
        double share = Math.pow(10, -0.5 - 2 * random.nextDouble());
        if (present && allowed(fault, crashes)) {
          shares.put(fault, share);
        }
      }
    }

    private static boolean allowed(Fault fault, boolean crashes) {
      return switch (fault) {
        case NONE, CONDITION_IGNORED -> false;
        case CRASH_BEFORE, CRASH_AFTER, CRASH_APPLIED_LATE -> crashes;
        case NO_CONNECTION,
            RESET_BEFORE,
            ANSWER_LOST,
            APPLIED_LATE,
            UNAVAILABLE,
            CONFLICT,
            OWN_CONDITION_FAILED,
            LISTING_LIES ->
            true;
      };
    }

    @Override
    public Fault at(Request request) {
      for (Map.Entry<Fault, Double> share : shares.entrySet()) {
        if (random.nextDouble() < share.getValue()) {
          return share.getKey();
        }
      }
      return Fault.NONE;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("mix");
      shares.forEach((fault, share) ->
          text.append(String.format(Locale.ROOT, " %s %.1f %%,", fault, 100 * share)));
      return text.toString();
    }
  }
}
