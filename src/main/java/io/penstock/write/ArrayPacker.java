package io.penstock.write;

import io.penstock.format.ArrayCatalog;
import io.penstock.format.ObjectDigest;
import io.penstock.format.ObjectKeys;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Takes the full chunks of one array, in their order, sends them through the encoding and lays
/// them into shards, several of which may be on their way. One thread at a time.
final class ArrayPacker {
  private final WriteLine line;
  private final ArrayPlan plan;
  private final Workspace.Stock parts;
  private final List<ShardPacker> shards = new ArrayList<>();
  private boolean open;

  /// @param parts buffers for parts of this array's shards
  ArrayPacker(WriteLine line, ArrayPlan plan, Workspace.Stock parts) {
    this.line = line;
    this.plan = plan;
    this.parts = parts;
  }

  /// Takes the next chunk, and ownership of its buffer. Waits while there is no memory for what
  /// follows from it.
  void add(Workspace.Buffer chunk) {
    if (!open) {
      shards.add(newShard(shards.size()));
      open = true;
    }
    ShardPacker shard = shards.getLast();
    ShardPacker.Place place = line.monitor().await(() -> shard.tryAdmit(line.stage()));
    line.stage().submit(plan, chunk, place);
    open = !shard.full();
  }

  private ShardPacker newShard(int number) {
    return new ShardPacker(line.monitor(), plan, parts, line.upload(key(number)));
  }

  private String key(int number) {
    Shape grid = plan.layout().shardGrid(1);
    long[] coordinates = new long[grid.rank()];
    long rest = number;
    for (int axis = grid.rank() - 1; axis > 0; axis--) {
      coordinates[axis] = rest % grid.dimension(axis);
      rest /= grid.dimension(axis);
    }
    coordinates[0] = rest;
    return ObjectKeys.shard(line.fragment(), plan.layout().path(), coordinates);
  }

  /// Places that are left in the shard in the making; 0 if the next chunk starts a new one.
  int placesLeft() {
    return open ? plan.layout().chunksPerShard() - shards.getLast().chunks() : 0;
  }

  /// Ends the shard in the making: the next chunk starts a new one.
  void endShard() {
    if (open) {
      shards.getLast().end();
      open = false;
    }
  }

  /// The number that the next chunk has, counting the full grids of all shards.
  long nextChunk() {
    long shardsBefore = open ? shards.size() - 1 : shards.size();
    int inShard = open ? shards.getLast().chunks() : 0;
    return shardsBefore * plan.layout().chunksPerShard() + inShard;
  }

  /// What lies where; only after all uploads have ended.
  ArrayCatalog catalog() {
    int chunksPerShard = plan.layout().chunksPerShard();
    int[] lengths = new int[Math.multiplyExact(chunksPerShard, shards.size())];
    List<ArrayCatalog.Shard> finished = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      System.arraycopy(shards.get(i).lengths(), 0, lengths, i * chunksPerShard, chunksPerShard);
      finished.add(shards.get(i).shard());
    }
    return new ArrayCatalog(lengths, chunksPerShard, finished);
  }

  /// Path, length and digest of every shard; only after all uploads have ended.
  List<ObjectDigest> objects() {
    List<ObjectDigest> objects = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      ArrayCatalog.Shard shard = shards.get(i).shard();
      String path = key(i).substring(line.fragment().length() + 1);
      objects.add(new ObjectDigest(path, shard.bytes(), shard.sha256()));
    }
    return objects;
  }
}
