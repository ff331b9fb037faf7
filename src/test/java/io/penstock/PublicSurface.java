package io.penstock;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import io.penstock.testing.CompiledClass;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/// What of the library can be seen from outside, and which of that has no doc comment.
final class PublicSurface {
  private final DocTrees trees;
  private final CompilationUnitTree unit;
  private final List<String> undocumented;

  private PublicSurface(DocTrees trees, CompilationUnitTree unit, List<String> undocumented) {
    this.trees = trees;
    this.unit = unit;
    this.undocumented = undocumented;
  }

  /// The names of the classes that are public with everything around them.
  static Set<String> visibleNames(List<CompiledClass> classes) {
    Map<String, CompiledClass> byName = new TreeMap<>();
    classes.forEach(type -> byName.put(type.name(), type));
    Set<String> visible = new HashSet<>();
    for (CompiledClass type : classes) {
      if (type.declared() && visible(type, byName)) {
        visible.add(type.name());
      }
    }
    return visible;
  }

  private static boolean visible(CompiledClass type, Map<String, CompiledClass> byName) {
    return type.publicFlag()
        && type.outerName().map(outer -> visible(byName.get(outer), byName)).orElse(true);
  }

  /// The public types, methods, constructors and constants in the given sources that have no doc
  /// comment, as `file:line: name`. What overrides is described where it is declared first; a
  /// record's components by the comment of the record.
  static List<String> undocumented(Iterable<? extends JavaFileObject> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task =
        (JavacTask) compiler.getTask(null, null, null, List.of("-proc:none"), null, sources);
    List<String> undocumented = new ArrayList<>();
    for (CompilationUnitTree unit : task.parse()) {
      PublicSurface surface = new PublicSurface(DocTrees.instance(task), unit, undocumented);
      for (Tree type : unit.getTypeDecls()) {
        if (type instanceof ClassTree declared) {
          surface.visit(new TreePath(new TreePath(unit), declared), declared, false);
        }
      }
    }
    return undocumented;
  }

  private void visit(TreePath path, ClassTree type, boolean inInterface) {
    if (!inInterface && !isPublic(type.getModifiers())) {
      return;
    }
    require(path, type.getSimpleName().toString());
    boolean isInterface =
        type.getKind() == Tree.Kind.INTERFACE || type.getKind() == Tree.Kind.ANNOTATION_TYPE;
    for (Tree member : type.getMembers()) {
      TreePath memberPath = new TreePath(path, member);
      String name = type.getSimpleName() + ".";
      switch (member) {
        case ClassTree nested -> visit(memberPath, nested, isInterface);
        case MethodTree method -> {
          boolean shown = isPublic(method.getModifiers()) || offered(method, isInterface);
          if (shown && !overrides(method) && !compact(method, type)) {
            require(memberPath, name + method.getName());
          }
        }
        case VariableTree field -> {
          if (isPublic(field.getModifiers())) {
            require(memberPath, name + field.getName());
          }
        }
        default -> {}
      }
    }
  }

  private static boolean offered(MethodTree method, boolean isInterface) {
    return isInterface && !method.getModifiers().getFlags().contains(Modifier.PRIVATE);
  }

  private static boolean isPublic(ModifiersTree modifiers) {
    return modifiers.getFlags().contains(Modifier.PUBLIC);
  }

  private static boolean overrides(MethodTree method) {
    return method.getModifiers().getAnnotations().stream()
        .anyMatch(annotation -> annotation.getAnnotationType().toString().equals("Override"));
  }

  /// A record's canonical constructor says what the record's own comment says.
  private static boolean compact(MethodTree method, ClassTree type) {
    return type.getKind() == Tree.Kind.RECORD && method.getReturnType() == null;
  }

  private void require(TreePath path, String name) {
    if (trees.getDocCommentTree(path) == null) {
      long position = trees.getSourcePositions().getStartPosition(unit, path.getLeaf());
      String file = unit.getSourceFile().getName();
      undocumented.add(file + ":" + unit.getLineMap().getLineNumber(position) + ": " + name);
    }
  }
}
