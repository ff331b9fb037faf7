package io.penstock.read;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.load.SampleEdit;
import io.penstock.load.SampleForm;
import io.penstock.load.SampleHook;
import io.penstock.load.SampleRandom;
import io.penstock.load.SampleTransform;
import io.penstock.load.SampleValue;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The hooks of one tensor, with the forms that samples take on between them. Thread-safe if the
/// hooks are.
final class HookChain {
  private static final long ALIGNMENT = 256;

  private final String tensor;
  private final List<SampleHook> hooks;
  private final List<SampleForm> forms; // before each hook; then the last one
  private final int lastTransform;
  private final long scratchBytes;

  private HookChain(String tensor, List<SampleHook> hooks, List<SampleForm> forms) {
    this.tensor = tensor;
    this.hooks = hooks;
    this.forms = forms;
    int last = -1;
    long scratch = 0;
    for (int i = 0; i < hooks.size(); i++) {
      if (hooks.get(i) instanceof SampleTransform) {
        scratch = last < 0 ? 0 : Math.addExact(scratch, slotBytes(last));
        last = i;
      }
    }
    lastTransform = last;
    scratchBytes = scratch;
  }

  /// The hooks of a tensor, each asked for the form of its outputs.
  ///
  /// @throws RefusedException if one does not take what it would get, naming the tensor
  static HookChain of(TensorSpec spec, List<SampleHook> hooks) {
    List<SampleForm> forms = new ArrayList<>();
    SampleForm form = new SampleForm(spec.type(), spec.sampleShape());
    forms.add(form);
    for (SampleHook hook : hooks) {
      form =
          switch (hook) {
            case SampleEdit _ -> form;
            case SampleTransform transform -> output(spec.name(), transform, form);
          };
      forms.add(form);
    }
    return new HookChain(spec.name(), List.copyOf(hooks), forms);
  }

  private static SampleForm output(String tensor, SampleTransform transform, SampleForm input) {
    SampleForm output;
    try {
      output = transform.output(input);
    } catch (RefusedException e) {
      throw new RefusedException(e.code(), "tensor " + tensor + ": " + e.getMessage(), e);
    }
    if (output.shape().ragged()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor " + tensor + ": outputs " + output + " of a transform cannot be ragged");
    }
    return output;
  }

  /// Whether there is nothing to do.
  boolean none() {
    return hooks.isEmpty();
  }

  /// Whether samples do not stay where they land.
  boolean moves() {
    return lastTransform >= 0;
  }

  /// The form of what is handed over.
  SampleForm output() {
    return forms.getLast();
  }

  /// Bytes of a sample that is handed over, if it does not stay where it lands.
  long outputBytes() {
    return output().shape().bytes(output().type());
  }

  /// Bytes of memory that [#apply] needs for what lies between transforms.
  long scratchBytes() {
    return scratchBytes;
  }

  private long slotBytes(int hook) {
    SampleForm form = forms.get(hook + 1);
    return Math.ceilDiv(form.shape().bytes(form.type()), ALIGNMENT) * ALIGNMENT;
  }

  /// Runs the hooks for one sample.
  ///
  /// @param id of the sample
  /// @param shape of this very sample
  /// @param input where it has landed
  /// @param output where it goes; not used unless it moves
  /// @param scratch at least [#scratchBytes]
  /// @throws CorruptDataException if the sample is damaged
  /// @throws RefusedException if a hook failed otherwise
  void apply(
      long id,
      Shape shape,
      MemorySegment input,
      MemorySegment output,
      MemorySegment scratch,
      SampleRandom random) {
    try {
      MemorySegment at = input;
      Shape shapeNow = shape;
      long used = 0;
      for (int i = 0; i < hooks.size(); i++) {
        SampleValue sample = new SampleValue(id, forms.get(i).type(), shapeNow, at);
        switch (hooks.get(i)) {
          case SampleEdit edit -> edit.edit(sample, random);
          case SampleTransform transform -> {
            SampleForm form = forms.get(i + 1);
            MemorySegment target = output;
            if (i != lastTransform) {
              target = scratch.asSlice(used, form.shape().bytes(form.type()));
              used += slotBytes(i);
            }
            transform.apply(sample, target, random);
            at = target;
            shapeNow = form.shape();
          }
        }
      }
    } catch (CorruptDataException e) {
      throw new CorruptDataException(e.code(), place(id) + e.getMessage(), e);
    } catch (IOException e) {
      throw new CorruptDataException(ErrorCode.INPUT_MALFORMED, place(id) + e, e);
    } catch (PenstockException e) {
      throw new RefusedException(e.code(), place(id) + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, place(id) + "a hook failed: " + e, e);
    }
  }

  private String place(long id) {
    return "tensor " + tensor + ", sample id " + id + ": ";
  }
}
