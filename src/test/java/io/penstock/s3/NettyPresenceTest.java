package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// What becomes of reads in a process with another Netty or none.
class NettyPresenceTest {
  /// A class path on which some classes of Netty's are not.
  private static ClassLoader without(Predicate<String> missing) {
    return new ClassLoader(NettyPresenceTest.class.getClassLoader()) {
      @Override
      protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith("io.netty.") && missing.test(name)) {
          throw new ClassNotFoundException(name);
        }
        return super.loadClass(name, resolve);
      }
    };
  }

  @Test
  void nettyIsUsed_whenItIsThere() {
    assertThat(NettyPresence.obstacle(getClass().getClassLoader())).isEmpty();
    assertThat(S3Options.Transport.here()).startsWith("netty over ");
  }

  @Test
  void ioUringIsRefused_andNettyUsed_whenItsClassesOrWhatTheyNeedIsAbsent() {
    ClassLoader lacking = without(name -> name.contains(".uring."));

    assertThat(NettyPresence.obstacleToIoUring(lacking))
        .hasValueSatisfying(
            reason -> assertThat(reason).contains("netty-transport-classes-io_uring 4.2"));
    assertThat(NettyPresence.obstacle(lacking)).isEmpty();
    assertThat(NettyPresence.obstacleToIoUring(without(_ -> true)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("not on the class path"));
  }

  @Test
  void nettyIsNotUsed_whenItIsAbsent() {
    assertThat(NettyPresence.obstacle(without(_ -> true)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("not on the class path"));
  }

  @Test
  void nettyIsNotUsed_whenItIsOlder() {
    // What 4.2 has and 4.1 has not.
    assertThat(
            NettyPresence.obstacle(
                without(name -> name.contains("IoHandler") || name.contains("IoEventLoop"))))
        .hasValueSatisfying(reason -> assertThat(reason).contains("older than 4.2"));
  }

  @Test
  void nettyIsNotUsed_whenAPartOfItIsAbsent() {
    for (String part : new String[] {".epoll.", ".ssl."}) {
      assertThat(NettyPresence.obstacle(without(name -> name.contains(part))))
          .hasValueSatisfying(reason -> assertThat(reason).contains("missing"));
    }
  }
}
