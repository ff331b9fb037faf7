/// What the tests of several rooms share: the surroundings they look for, stores that misbehave.
@NullMarked
package io.penstock.testing;

import org.jspecify.annotations.NullMarked;
