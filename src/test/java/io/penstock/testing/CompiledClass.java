package io.penstock.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.InnerClassInfo;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.reflect.AccessFlag;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// One class file, read for what it names: the classes and members that it uses, and what it offers
/// to others. Names are binary names (`io.penstock.Dataset$Builder`). Immutable.
public final class CompiledClass {
  /// A method or field that a class uses: owner by binary name, descriptor as in the class file.
  public record Member(String owner, String name, String descriptor) {}

  private static final Pattern TYPE = Pattern.compile("L((?:\\w+/)+[\\w$]+)[;<]");

  private final byte[] bytes;
  private final ClassModel model;

  private CompiledClass(byte[] bytes) {
    this.bytes = bytes.clone();
    model = ClassFile.of().parse(bytes);
  }

  /// Reads the bytes of a class file.
  public static CompiledClass of(byte[] bytes) {
    return new CompiledClass(bytes);
  }

  /// Every class of the library, read from the folder beside that of the compiled tests, in the
  /// order of their paths.
  public static List<CompiledClass> ofMain() {
    return in(testClasses().resolveSibling("classes"));
  }

  /// Every class of the tests and benches.
  public static List<CompiledClass> ofTests() {
    return in(testClasses());
  }

  private static Path testClasses() {
    try {
      return Path.of(
          CompiledClass.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<CompiledClass> in(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .sorted()
          .map(CompiledClass::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CompiledClass read(Path file) {
    try {
      return of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The class file, a copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// Its binary name.
  public String name() {
    return binary(model.thisClass().asInternalName());
  }

  /// The name of its package.
  public String packageName() {
    return packageOf(name());
  }

  /// The package of a class by the class's binary name.
  public static String packageOf(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  /// The binary name of the outermost class around it, or its own.
  public String topLevelName() {
    int dollar = name().indexOf('$');
    return dollar < 0 ? name() : name().substring(0, dollar);
  }

  /// Whether it is a type that somebody declared: not a package's annotations, not anonymous or
  /// local, not made by the compiler.
  public boolean declared() {
    if (name().endsWith(".package-info") || model.flags().has(AccessFlag.SYNTHETIC)) {
      return false;
    }
    return innerClass().map(inner -> inner.outerClass().isPresent()).orElse(true);
  }

  /// Whether it says of itself that it is public; of a nested class, what its declaration says.
  public boolean publicFlag() {
    return innerClass()
        .map(inner -> inner.has(AccessFlag.PUBLIC))
        .orElseGet(() -> model.flags().has(AccessFlag.PUBLIC));
  }

  /// The binary name of the class that it is nested in.
  public Optional<String> outerName() {
    return innerClass()
        .flatMap(InnerClassInfo::outerClass)
        .map(outer -> binary(outer.asInternalName()));
  }

  /// The binary names of all classes that it names anywhere: in code, in signatures, as
  /// annotations.
  public Set<String> uses() {
    Set<String> names = new TreeSet<>();
    for (PoolEntry entry : model.constantPool()) {
      switch (entry) {
        case ClassEntry type -> names.add(binary(type.asInternalName()));
        case Utf8Entry text -> names.addAll(typesIn(text.stringValue()));
        default -> {}
      }
    }
    names.removeIf(name -> name.startsWith("["));
    return names;
  }

  /// The methods and fields of all classes that its code uses, method references included.
  public List<Member> members() {
    List<Member> members = new ArrayList<>();
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof MemberRefEntry member) {
        String owner = binary(member.owner().asInternalName());
        members.add(new Member(owner, member.name().stringValue(), member.type().stringValue()));
      }
    }
    return members;
  }

  /// The binary names of the classes in what it offers to its users: its supertypes and the types
  /// of its public and protected members.
  public Set<String> offers() {
    Set<String> names = new TreeSet<>();
    model.superclass().ifPresent(type -> names.add(binary(type.asInternalName())));
    model.interfaces().forEach(type -> names.add(binary(type.asInternalName())));
    model.findAttribute(Attributes.signature()).ifPresent(s -> names.addAll(typesIn(s)));
    model.methods().stream()
        .filter(method -> visible(method.flags()))
        .forEach(method -> {
          names.addAll(typesIn(method.methodType().stringValue()));
          method.findAttribute(Attributes.signature()).ifPresent(s -> names.addAll(typesIn(s)));
        });
    model.fields().stream()
        .filter(field -> visible(field.flags()))
        .forEach(field -> {
          names.addAll(typesIn(field.fieldType().stringValue()));
          field.findAttribute(Attributes.signature()).ifPresent(s -> names.addAll(typesIn(s)));
        });
    return names;
  }

  private static boolean visible(AccessFlags flags) {
    return !flags.has(AccessFlag.SYNTHETIC)
        && (flags.has(AccessFlag.PUBLIC) || flags.has(AccessFlag.PROTECTED));
  }

  private Optional<InnerClassInfo> innerClass() {
    return model.findAttribute(Attributes.innerClasses()).stream()
        .flatMap(attribute -> attribute.classes().stream())
        .filter(inner -> inner.innerClass().equals(model.thisClass()))
        .findFirst();
  }

  private static Set<String> typesIn(SignatureAttribute signature) {
    return typesIn(signature.signature().stringValue());
  }

  private static Set<String> typesIn(String text) {
    Set<String> names = new TreeSet<>();
    Matcher types = TYPE.matcher(text);
    while (types.find()) {
      names.add(binary(types.group(1)));
    }
    return names;
  }

  private static String binary(String internalName) {
    return internalName.replace('/', '.');
  }

  @Override
  public String toString() {
    return name();
  }
}
