package io.penstock.s3;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The body of an answer that is not a part of an object: at most 64 KiB, on the heap, never in
/// lent memory. Confined to the thread that receives it.
final class ErrorDocument {
  private static final int MOST_BYTES = 64 << 10;
  private static final int MOST_LINE = 4 << 10;

  private enum Next {
    CONTENT,
    CHUNK_SIZE,
    CHUNK_END,
    TRAILER
  }

  private final boolean chunked;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private final StringBuilder line = new StringBuilder();
  private Next next;
  private long left;
  private boolean complete;
  private boolean tooLong;

  /// @throws ProtocolException if the head does not say clearly where the body ends
  ErrorDocument(ResponseHead head) throws ProtocolException {
    boolean bodiless = head.status() == 204 || head.status() == 304;
    long length = bodiless ? 0 : head.contentLength();
    this.chunked = !bodiless && head.chunked();
    this.next = chunked ? Next.CHUNK_SIZE : Next.CONTENT;
    this.left = length < 0 ? Long.MAX_VALUE : length;
    this.complete = !chunked && length == 0;
  }

  /// Whether all of it has come, or more than is wanted.
  boolean done() {
    return complete || tooLong;
  }

  /// Whether it has come to its end, so that the connection can carry another answer.
  boolean complete() {
    return complete;
  }

  /// Takes bytes in.
  ///
  /// @return how many of them belong to the document
  long take(MemorySegment bytes) throws ProtocolException {
    long at = 0;
    while (at < bytes.byteSize() && !done()) {
      if (next == Next.CONTENT) {
        long count = Math.min(left, bytes.byteSize() - at);
        keep(bytes.asSlice(at, count));
        at += count;
        left -= count;
        if (left == 0) {
          complete = !chunked;
          next = Next.CHUNK_END;
        }
      } else {
        character((char) (bytes.get(ValueLayout.JAVA_BYTE, at++) & 0xff));
      }
    }
    return at;
  }

  private void keep(MemorySegment bytes) {
    if (content.size() + bytes.byteSize() > MOST_BYTES) {
      tooLong = true;
    } else {
      content.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private void character(char c) throws ProtocolException {
    if (c != '\n') {
      if (line.length() == MOST_LINE) {
        throw new ProtocolException("a line between the chunks of the answer is too long");
      }
      line.append(c);
      return;
    }
    String text = line.toString().strip();
    line.setLength(0);
    switch (next) {
      case CHUNK_SIZE -> {
        left = chunkBytes(text);
        next = left == 0 ? Next.TRAILER : Next.CONTENT;
      }
      case CHUNK_END -> next = Next.CHUNK_SIZE;
      case TRAILER -> complete = text.isEmpty();
      case CONTENT -> throw new IllegalStateException("content is not read by lines");
    }
  }

  private static long chunkBytes(String text) throws ProtocolException {
    String digits = text.split(";", 2)[0].strip();
    if (!digits.matches("[0-9a-fA-F]{1,12}")) {
      throw new ProtocolException("a chunk of the answer does not begin with its size");
    }
    return Long.parseLong(digits, 16);
  }

  /// The text of the first element of a name, if there is one that holds nothing else.
  Optional<String> element(String name) {
    String text = content.toString(StandardCharsets.UTF_8);
    int start = text.indexOf("<" + name + ">");
    int from = start + name.length() + 2;
    int end = start < 0 ? -1 : text.indexOf("</" + name + ">", from);
    return end < 0 || end - from > 200
        ? Optional.empty()
        : Optional.of(text.substring(from, end).replaceAll("[^ -~]", "?"));
  }
}
