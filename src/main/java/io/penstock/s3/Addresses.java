package io.penstock.s3;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// The addresses of one host: all that its name had in the last five minutes, so that requests
/// spread over more of the service than one answer of the DNS shows. Thread-safe.
final class Addresses {
  private static final Duration KEPT = Duration.ofMinutes(5);

  // Answers of object stores' names live for seconds, and each names a few of very many addresses.
  private static final Duration LOOKED_UP_EVERY = Duration.ofSeconds(15);
  private static final Duration AVOIDED_AFTER_FAILURE = Duration.ofSeconds(10);

  /// From a name to its present addresses; may block.
  @FunctionalInterface
  interface Lookup {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final String host;
  private final int port;
  private final Lookup lookup;
  private final LongSupplier nanoTime;
  private final Map<InetSocketAddress, Seen> known = new LinkedHashMap<>();
  private boolean lookedUp;
  private long lastLookup;
  private int turn;

  private static final class Seen {
    private long named;
    private long failed;
    private boolean failing;
  }

  Addresses(BucketAddress address, Lookup lookup, LongSupplier nanoTime) {
    this.host = address.host();
    this.port = address.port();
    this.lookup = lookup;
    this.nanoTime = nanoTime;
  }

  /// The next address in turn, not the one to avoid and none that failed lately if there is
  /// another. Blocks when the name is to be looked up.
  InetSocketAddress choose(Optional<InetSocketAddress> avoid) throws UnknownHostException {
    if (due()) {
      lookUp();
    }
    return pick(avoid);
  }

  /// Tells the addresses that will do: all but the one to avoid, unless there is no other.
  Predicate<InetSocketAddress> unlessAvoided(Optional<InetSocketAddress> avoid) {
    return avoid.isPresent() && hasAnother(avoid.get())
        ? address -> !address.equals(avoid.get())
        : _ -> true;
  }

  private synchronized boolean hasAnother(InetSocketAddress than) {
    return known.keySet().stream().anyMatch(address -> !address.equals(than));
  }

  /// No connection to this address could be made.
  synchronized void failed(InetSocketAddress address) {
    Seen seen = known.get(address);
    if (seen != null) {
      seen.failing = true;
      seen.failed = nanoTime.getAsLong();
    }
  }

  // One caller looks up, the others go on with what is known, if anything is.
  private synchronized boolean due() {
    long now = nanoTime.getAsLong();
    boolean due = known.isEmpty() || !lookedUp || now - lastLookup >= LOOKED_UP_EVERY.toNanos();
    if (due) {
      lookedUp = true;
      lastLookup = now;
    }
    return due;
  }

  private void lookUp() throws UnknownHostException {
    InetAddress[] found;
    try {
      found = lookup.addresses(host);
    } catch (UnknownHostException e) {
      synchronized (this) {
        forgetOld();
        if (known.isEmpty()) {
          throw e;
        }
      }
      return;
    }
    synchronized (this) {
      for (InetAddress each : found) {
        Seen seen = known.computeIfAbsent(new InetSocketAddress(each, port), _ -> new Seen());
        seen.named = nanoTime.getAsLong();
      }
      forgetOld();
    }
  }

  private void forgetOld() {
    long now = nanoTime.getAsLong();
    known.values().removeIf(seen -> now - seen.named > KEPT.toNanos());
  }

  private synchronized InetSocketAddress pick(Optional<InetSocketAddress> avoid)
      throws UnknownHostException {
    if (known.isEmpty()) {
      throw new UnknownHostException(host);
    }
    long now = nanoTime.getAsLong();
    List<InetSocketAddress> working =
        known.entrySet().stream()
            .filter(each ->
                !each.getValue().failing
                    || now - each.getValue().failed > AVOIDED_AFTER_FAILURE.toNanos())
            .map(Map.Entry::getKey)
            .toList();
    List<InetSocketAddress> usable = working.isEmpty() ? List.copyOf(known.keySet()) : working;
    List<InetSocketAddress> better =
        usable.stream().filter(each -> !avoid.equals(Optional.of(each))).toList();
    List<InetSocketAddress> from = better.isEmpty() ? usable : better;
    turn = (turn + 1) & Integer.MAX_VALUE;
    return from.get(turn % from.size());
  }
}
