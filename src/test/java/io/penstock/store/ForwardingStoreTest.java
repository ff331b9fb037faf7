package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// No method of a store is forgotten, those with a body of their own in the interface included.
class ForwardingStoreTest {
  private record Call(String method, List<@Nullable Object> arguments) {}

  private final List<Call> calls = new ArrayList<>();

  /// An answer, and an argument, for each type that a method has.
  private static final Map<Class<?>, Object> VALUES =
      Map.ofEntries(
          Map.entry(String.class, "key"),
          Map.entry(boolean.class, true),
          Map.entry(long.class, 7L),
          Map.entry(int.class, 8),
          Map.entry(MemorySegment.class, MemorySegment.ofArray(new byte[1])),
          Map.entry(ByteRange.class, new ByteRange(1, 2)),
          Map.entry(RangeRequest.class, RangeRequest.of("key", 3, 4)),
          Map.entry(Landing.class, Landing.into(MemorySegment.NULL)),
          Map.entry(PutCondition.class, PutCondition.CREATE_ONLY),
          Map.entry(URI.class, URI.create("test:/")),
          Map.entry(Optional.class, Optional.empty()),
          Map.entry(CompletableFuture.class, new CompletableFuture<>()),
          Map.entry(PutResult.class, new PutResult.Unknown("lost")),
          Map.entry(ObjectPage.class, new ObjectPage(List.of(), true)),
          Map.entry(List.class, List.of("name")),
          Map.entry(StoreCounts.class, new StoreCounts(5, 6)),
          Map.entry(ObjectInfo.class, new ObjectInfo("key", 9, "tag", Instant.EPOCH)));

  @TestFactory
  Stream<DynamicTest> everyMethodOfAStoreIsPassedOn() {
    Store origin = recording(Store.class);
    return passedOn(Store.class, new ForwardingStore(origin) {});
  }

  @TestFactory
  Stream<DynamicTest> everyMethodOfAnUploadIsPassedOn() {
    Upload origin = recording(Upload.class);
    return passedOn(Upload.class, new ForwardingUpload(origin) {});
  }

  private <T> Stream<DynamicTest> passedOn(Class<T> type, T forwarding) {
    return Arrays.stream(type.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .map(method ->
            DynamicTest.dynamicTest(method.getName(), () -> checkPassedOn(method, forwarding)));
  }

  private void checkPassedOn(Method method, Object forwarding) throws Exception {
    calls.clear();
    @Nullable Object[] arguments =
        Arrays.stream(method.getParameterTypes()).map(this::value).toArray();

    Object answer = method.invoke(forwarding, arguments);

    assertThat(calls).containsExactly(new Call(method.getName(), Arrays.asList(arguments)));
    assertThat(answer).isSameAs(value(method.getReturnType()));
  }

  private <T> T recording(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              List<@Nullable Object> given =
                  arguments == null ? List.of() : Arrays.asList(arguments);
              calls.add(new Call(method.getName(), given));
              return value(method.getReturnType());
            }));
  }

  private @Nullable Object value(Class<?> type) {
    if (type == void.class || type == Upload.class) {
      return null;
    }
    Object value = VALUES.get(type);
    assertThat(value).as("a value of %s", type).isNotNull();
    return value;
  }
}
