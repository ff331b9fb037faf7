package io.penstock.s3;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/// Who is told of one exchange. Calls come from the transport's threads, never two at a time, each
/// after the one before it; they must be short and must not block. What they throw breaks the
/// exchange off and becomes its end, [GetEnd.Failed].
interface GetSink {
  /// The answer's head has come and is what was asked for: a part, of exactly that range, of the
  /// object with that tag. Called at most once.
  ///
  /// @param info of the object
  /// @param from the address that answers
  /// @return where the bytes go, as [Landing#checkedSlices] demands it, offsets counted from the
  ///   start of the request's range; lent until the end. Empty: the answer is not wanted, the
  ///   exchange is cancelled and touches no memory
  Optional<List<Landing.Slice>> begin(ObjectInfo info, InetSocketAddress from);

  /// Further bytes of the range, in order, have been landed or skipped.
  ///
  /// @param bytes how many since the last call, more than 0
  void progressed(long bytes);

  /// The exchange is over. Called exactly once, as the last call; nobody touches the slices any
  /// more.
  void ended(GetEnd end);
}
