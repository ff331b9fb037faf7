package io.penstock.store;

/// A small object as it was read: its information and its bytes.
public final class StoredObject {
  private final ObjectInfo info;
  private final byte[] content;

  /// Takes ownership of the array.
  public StoredObject(ObjectInfo info, byte[] content) {
    this.info = info;
    this.content = content;
  }

  /// Key, length, tag and time.
  public ObjectInfo info() {
    return info;
  }

  /// The bytes themselves, not a copy: the caller must not change them.
  public byte[] content() {
    return content;
  }
}
