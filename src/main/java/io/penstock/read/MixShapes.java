package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.MixSource;
import io.penstock.load.Order;
import io.penstock.load.OrderShape;
import io.penstock.load.OrderSource;
import io.penstock.load.VersionFigures;
import java.util.ArrayList;
import java.util.List;

/// The orders of the streams of a mix. Each is chosen for the samples that the stream gives to a
/// batch at the beginning, and for its part of the memory, so that a chunk stands about as long as
/// without a mix. Weights that change later change none of them.
final class MixShapes {
  private MixShapes() {}

  /// One for each stream.
  ///
  /// @throws RefusedException for an order that does not suit a mix, or does not mix a stream
  static List<OrderShape> of(
      Order order, MixSource mix, List<VersionContent> contents, long batch) {
    List<VersionFigures> figures = contents.stream().map(Figures::of).toList();
    List<OrderShape> shapes = new ArrayList<>();
    for (int s = 0; s < contents.size(); s++) {
      OrderSource stream = mix.streams().get(s);
      Order own = own(order, figures, s, mix.part(s));
      shapes.add(own.shape(stream.space(), figures.get(s), mix.batchOf(s, batch)));
    }
    return shapes;
  }

  private static Order own(Order order, List<VersionFigures> figures, int stream, double part) {
    return switch (order) {
      case Order.Sequential _, Order.Full _, Order.Runs _ -> order;
      case Order.Lanes(long runSamples, long lanes, boolean sticky, long memory) -> {
        if (lanes > 0) {
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "the lanes of a mix follow from its weights, they cannot be "
                  + lanes
                  + ": leave the number out, or say how much orderMemory there is");
        }
        yield new Order.Lanes(runSamples, 0, sticky, memory(figures.get(stream), memory, part));
      }
      case Order.Shuffled(long memory, boolean sticky) ->
          allFit(figures, memory)
              ? Order.full()
              : new Order.Lanes(0, 0, sticky, memory(figures.get(stream), memory, part));
    };
  }

  private static long memory(VersionFigures figures, long asked, double part) {
    long all = asked > 0 ? asked : figures.defaultOrderMemory();
    return Math.max(1, Math.round(all * part));
  }

  /// Whether all versions decoded fit into the memory of an order.
  private static boolean allFit(List<VersionFigures> figures, long asked) {
    long memory = asked;
    long decoded = 0;
    for (VersionFigures each : figures) {
      memory = asked > 0 ? asked : Math.max(memory, each.defaultOrderMemory());
      decoded = Math.addExact(decoded, each.decodedBytes());
    }
    return decoded <= memory;
  }

  /// An order that stands for all of them: as many lanes as they have together.
  static OrderShape together(List<OrderShape> shapes, long batch) {
    return switch (shapes.getFirst().level()) {
      case SEQUENTIAL -> OrderShape.sequential(batch);
      case FULL -> OrderShape.full(batch);
      case RUNS -> OrderShape.runs(batch, shapes.getFirst().runSamples());
      case LANES -> {
        long lanes = shapes.stream().mapToLong(OrderShape::lanes).sum();
        long runSamples = shapes.stream().mapToLong(OrderShape::runSamples).max().orElse(1);
        yield OrderShape.lanes(batch, runSamples, Math.ceilDiv(lanes, batch) * batch);
      }
    };
  }
}
