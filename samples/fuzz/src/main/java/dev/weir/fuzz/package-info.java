/** Fuzzing with coverage guidance; README.md beside the sources says how to add a target. */
package dev.weir.fuzz;
