/** How the api finds the engine: one service interface, and what it is handed. Not for applications. */
package dev.weir.runtime;
