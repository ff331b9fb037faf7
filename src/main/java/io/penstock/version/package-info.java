/// The version log: numbered records, created once, behind names. Commits are one conditional PUT.
@NullMarked
package io.penstock.version;

import org.jspecify.annotations.NullMarked;
