/// Version records: the log, the commit, names, sessions.
@NullMarked
package io.penstock.version;

import org.jspecify.annotations.NullMarked;
