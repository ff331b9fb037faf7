package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.Keys;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/// Which bucket, where, as whom, and how patiently. Immutable; never shows a secret.
///
/// @param bucket the bucket
/// @param prefix what all keys begin with: empty, or a key and a `/` behind it
/// @param endpoint of a store that is not Amazon's; empty: what the environment
///   (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`) or the profile says, else Amazon's
/// @param region empty: what the environment or the profile says; `us-east-1` if they say nothing
///   and the endpoint is one's own
/// @param addressing where the name of the bucket goes
/// @param credentials as whom requests are made
/// @param patience how often and how long requests are tried
/// @param mostTransfers how many parts travel at once, 1 or more; and up to four times as many
///   ranges, as far as more of them bring more bytes
/// @param transport what carries ranged reads
/// @param requesterPays whether requests say that who sends them pays for them, as some buckets ask
public record S3Options(
    String bucket,
    String prefix,
    Optional<URI> endpoint,
    Optional<String> region,
    Addressing addressing,
    Credentials credentials,
    Patience patience,
    int mostTransfers,
    Transport transport,
    boolean requesterPays) {
  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,254}");

  // About what saturates 10 Gbit/s at the 30 to 90 MB/s that one request of an object store gives.
  private static final int DEFAULT_TRANSFERS = 32;

  /// Where the name of the bucket goes.
  public enum Addressing {
    /// Into the path when the endpoint is an IP address or `localhost`, else into the host.
    AUTO,
    /// Into the path.
    PATH,
    /// Into the host's name.
    VIRTUAL_HOST
  }

  /// As whom requests are made.
  public sealed interface Credentials {
    /// What the SDK finds: environment, system properties, profiles, SSO, container, instance.
    record DefaultChain() implements Credentials {}

    /// Nobody: requests are not signed, and nothing is looked up.
    record Anonymous() implements Credentials {}

    /// What a provider of the caller's says. The provider is borrowed: the caller closes it.
    ///
    /// @param provider asked before each request
    record Provided(AwsCredentialsProvider provider) implements Credentials {
      @Override
      public String toString() {
        return "Provided[" + provider.getClass().getSimpleName() + ", ***]";
      }
    }
  }

  /// What carries ranged reads. Everything else goes over the SDK's clients.
  public sealed interface Transport {
    /// What serves best here: Netty if version 4.2 of it is on the class path, else the JDK's
    /// sockets; the SDK's client where a proxy is set.
    record Automatic() implements Transport {}

    /// Netty 4.2: over epoll and OpenSSL where their native parts are there, else over what the JDK
    /// has. A store is not opened if Netty cannot be used.
    record Netty() implements Transport {}

    /// Netty 4.2 over io_uring of Linux; TLS as with [Netty]. Never what [Automatic] means: many
    /// systems forbid it, and what it saves depends on the machine. A store is not opened if it
    /// cannot be used.
    record IoUring() implements Transport {}

    /// Sockets of the JDK, each with a thread while a range travels.
    record Nio() implements Transport {}

    /// The transport of a name: `auto`, `netty`, `io_uring` or `nio`.
    ///
    /// @throws RefusedException for any other name
    static Transport named(String name) {
      return switch (name) {
        case "auto" -> new Automatic();
        case "netty" -> new Netty();
        case "io_uring" -> new IoUring();
        case "nio" -> new Nio();
        default ->
            throw refused("transport \"" + name + "\" is not one of auto, netty, io_uring and nio");
      };
    }

    /// A client that the caller brings, for what only it can do: a proxy, an endpoint or
    /// credentials of its own. Costs about twice the processor time of the others. The client is
    /// borrowed: the caller closes it. It should neither repeat requests nor check sums of parts.
    ///
    /// @param client asked for each range
    record Sdk(S3AsyncClient client) implements Transport {
      @Override
      public String toString() {
        return "Sdk[" + client.getClass().getSimpleName() + "]";
      }
    }

    /// What [Automatic] means in this process, in words, for reports.
    static String here() {
      return obstacleToNetty().isEmpty()
          ? NettyTransport.describe(NettyLoops.best())
          : "sockets and TLS of the JDK";
    }

    /// Why this process cannot use Netty, in words; empty if it can.
    static Optional<String> obstacleToNetty() {
      return NettyPresence.obstacle(S3Options.class.getClassLoader());
    }

    /// Why this process cannot use io_uring, in words; empty if it can.
    static Optional<String> obstacleToIoUring() {
      return NettyPresence.obstacleToIoUring(S3Options.class.getClassLoader());
    }
  }

  /// How often and how long requests are tried. Between two attempts passes a random time between
  /// zero and a limit that doubles from `firstDelay` to `longestDelay`; after "slow down" the limit
  /// is ten times as long. Conditional puts are tried once, whatever this says.
  ///
  /// @param attempts of one request, 1 or more
  /// @param firstDelay limit of the first delay
  /// @param longestDelay limit of every delay
  /// @param connect how long a connection may take to be made
  /// @param silence how long an answer or the next bytes of it may take
  /// @param stall how long the answer to a ranged read or the next 4 KiB of it may take before what
  ///   is missing is asked for again; shorter than `silence`, as reads may be repeated freely
  /// @param throttled for how long "slow down" is borne in a ranged read without counting as a
  ///   failed attempt
  public record Patience(
      int attempts,
      Duration firstDelay,
      Duration longestDelay,
      Duration connect,
      Duration silence,
      Duration stall,
      Duration throttled) {
    /// Four attempts, 100 ms to 5 s apart; 5 s for a connection, 30 s of silence, 2 s in a ranged
    /// read; a minute of "slow down".
    public static final Patience DEFAULT =
        new Patience(
            4,
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(2),
            Duration.ofMinutes(1));

    /// Checks that there is an attempt and that no duration is negative or, for the waits, zero.
    public Patience {
      if (attempts < 1
          || firstDelay.isNegative()
          || longestDelay.compareTo(firstDelay) < 0
          || !connect.isPositive()
          || !silence.isPositive()
          || !stall.isPositive()
          || throttled.isNegative()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "patience of "
                + attempts
                + " attempts, delays of "
                + firstDelay
                + " to "
                + longestDelay
                + ", "
                + connect
                + " for a connection, "
                + silence
                + " of silence, "
                + stall
                + " in a read, "
                + throttled
                + " of being slowed down");
      }
    }
  }

  /// Checks bucket, prefix, endpoint and number of transfers.
  ///
  /// @throws RefusedException naming what is wrong
  public S3Options {
    if (!BUCKET.matcher(bucket).matches()) {
      throw refused("bucket \"" + bucket + "\" is not a name of a bucket");
    }
    Keys.checkDirectory(prefix);
    endpoint.ifPresent(S3Options::checkEndpoint);
    if (mostTransfers < 1) {
      throw refused(mostTransfers + " transfers at once; at least 1 is needed");
    }
  }

  /// Refuses what is not the address of a service, and never repeats a secret that it holds.
  static void checkEndpoint(URI endpoint) {
    boolean web = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
    boolean bare = endpoint.getRawQuery() == null && endpoint.getRawFragment() == null;
    if (endpoint.getRawUserInfo() != null) {
      throw refused("the endpoint holds a user or a secret; credentials never go into a URI");
    }
    if (!web || !bare || endpoint.getHost() == null) {
      throw refused("endpoint " + endpoint + " is not http://HOST[:PORT] or https://HOST[:PORT]");
    }
  }

  /// A bucket and a prefix with everything else left to the environment.
  ///
  /// @param uri `s3://bucket` or `s3://bucket/prefix`
  /// @throws RefusedException when it is anything else
  public static S3Options of(URI uri) {
    if (uri.getRawUserInfo() != null || String.valueOf(uri.getRawAuthority()).contains("@")) {
      throw refused("the URI holds a user or a secret; credentials never go into a URI");
    }
    if (!"s3".equals(uri.getScheme())
        || uri.getRawAuthority() == null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw refused("URI " + uri + " is not s3://BUCKET/PREFIX");
    }
    String path =
        uri.getPath() == null ? "" : uri.getPath().substring(Math.min(1, uri.getPath().length()));
    return of(uri.getRawAuthority(), path);
  }

  /// A bucket and a prefix with everything else left to the environment.
  ///
  /// @param prefix empty, or a key; a `/` is put behind it unless there is one
  public static S3Options of(String bucket, String prefix) {
    return new S3Options(
        bucket,
        prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/",
        Optional.empty(),
        Optional.empty(),
        Addressing.AUTO,
        new Credentials.DefaultChain(),
        Patience.DEFAULT,
        DEFAULT_TRANSFERS,
        new Transport.Automatic(),
        false);
  }

  /// The same at an endpoint of one's own: `http://HOST[:PORT]` or `https://HOST[:PORT]`.
  public S3Options withEndpoint(URI endpoint) {
    return with(draft -> draft.endpoint = Optional.of(endpoint));
  }

  /// The same in a region.
  public S3Options withRegion(String region) {
    return with(draft -> draft.region = Optional.of(region));
  }

  /// The same with the bucket's name elsewhere.
  public S3Options withAddressing(Addressing addressing) {
    return with(draft -> draft.addressing = addressing);
  }

  /// The same as somebody else.
  public S3Options withCredentials(Credentials credentials) {
    return with(draft -> draft.credentials = credentials);
  }

  /// The same with more or less patience.
  public S3Options withPatience(Patience patience) {
    return with(draft -> draft.patience = patience);
  }

  /// The same with more or fewer transfers at once.
  public S3Options withMostTransfers(int mostTransfers) {
    return with(draft -> draft.mostTransfers = mostTransfers);
  }

  /// The same with ranged reads carried by something else.
  public S3Options withTransport(Transport transport) {
    return with(draft -> draft.transport = transport);
  }

  /// The same, with whoever sends requests paying for them or not.
  public S3Options withRequesterPays(boolean requesterPays) {
    return with(draft -> draft.requesterPays = requesterPays);
  }

  private S3Options with(Consumer<Draft> change) {
    Draft draft = new Draft();
    change.accept(draft);
    return draft.options();
  }

  /// These options, while some of them change.
  private final class Draft {
    private Optional<URI> endpoint = S3Options.this.endpoint;
    private Optional<String> region = S3Options.this.region;
    private Addressing addressing = S3Options.this.addressing;
    private Credentials credentials = S3Options.this.credentials;
    private Patience patience = S3Options.this.patience;
    private int mostTransfers = S3Options.this.mostTransfers;
    private Transport transport = S3Options.this.transport;
    private boolean requesterPays = S3Options.this.requesterPays;

    S3Options options() {
      return new S3Options(
          bucket,
          prefix,
          endpoint,
          region,
          addressing,
          credentials,
          patience,
          mostTransfers,
          transport,
          requesterPays);
    }
  }

  /// `s3://bucket/prefix`.
  URI uri() {
    try {
      return new URI("s3", bucket, "/" + prefix, null, null);
    } catch (java.net.URISyntaxException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "bucket " + bucket + " cannot be part of a URI", e);
    }
  }

  private static RefusedException refused(String message) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
