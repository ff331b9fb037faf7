package io.penstock.read;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// One range of an object is on its way, from asking until the last byte has landed.
@Name("io.penstock.Fetch")
@Label("Fetch a range")
@Category("Penstock")
@Description("A ranged read of the store, from asking until its last byte has landed.")
@StackTrace(false)
final class FetchEvent extends Event {
  @Label("Object")
  String object = "";

  @Label("Offset")
  long offset;

  @Label("Bytes")
  @DataAmount
  long bytes;

  @Label("Chunks")
  @Description("Chunks that it brings")
  int chunks;

  @Label("Success")
  boolean success;
}
