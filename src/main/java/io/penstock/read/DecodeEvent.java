package io.penstock.read;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// One chunk is decoded, and its samples are scattered to their batches.
@Name("io.penstock.Decode")
@Label("Decode a chunk")
@Category("Penstock")
@Description("A chunk is decoded, and its samples are copied to the batches that want them.")
@StackTrace(false)
final class DecodeEvent extends Event {
  @Label("Array")
  String array = "";

  @Label("Chunk")
  @Description("Number in the array, in row-major order")
  long chunk;

  @Label("Stored bytes")
  @DataAmount
  long storedBytes;

  @Label("Decoded bytes")
  @DataAmount
  long decodedBytes;
}
