/** Shared by the packages of the testkit; not exported. */
package dev.weir.testkit.internal;
