package io.penstock.testing;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Compiles sources that a test made up, against the tests' own class path, without touching a
/// file. Shows the lints that they can fail.
public final class SourceCompiler {
  private static final Pattern PACKAGE = Pattern.compile("package ([\\w.]+);");
  private static final Pattern TYPE = Pattern.compile("(?:class|interface|enum|record) (\\w+)");

  private SourceCompiler() {}

  /// The classes of the given sources, each of which has a package and one top-level type.
  public static List<CompiledClass> compile(String... sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<ByteArrayOutputStream> written = new ArrayList<>();
    JavaFileManager files =
        new ForwardingJavaFileManager<>(compiler.getStandardFileManager(null, null, null)) {
          @Override
          public JavaFileObject getJavaFileForOutput(
              Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            written.add(bytes);
            return new SimpleJavaFileObject(URI.create("memory:///" + name + ".class"), kind) {
              @Override
              public OutputStream openOutputStream() {
                return bytes;
              }
            };
          }
        };
    List<JavaFileObject> units = new ArrayList<>();
    for (String source : sources) {
      units.add(unit(source));
    }
    List<String> options = List.of("-proc:none", "-cp", System.getProperty("java.class.path"));
    if (!compiler.getTask(messages, files, null, options, null, units).call()) {
      throw new IllegalArgumentException(messages.toString());
    }
    return written.stream().map(bytes -> CompiledClass.of(bytes.toByteArray())).toList();
  }

  /// A source in memory, under the path that its package and type ask for.
  public static JavaFileObject unit(String source) {
    String path = find(PACKAGE, source).replace('.', '/') + "/" + find(TYPE, source) + ".java";
    return new SimpleJavaFileObject(URI.create("memory:///" + path), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
  }

  private static String find(Pattern pattern, String source) {
    Matcher matcher = pattern.matcher(source);
    if (!matcher.find()) {
      throw new IllegalArgumentException("no " + pattern + " in: " + source);
    }
    return matcher.group(1);
  }
}
