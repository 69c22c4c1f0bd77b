/** How the stock plug-ins read their options; not exported. */
package dev.weir.classify.options;
