/** Conversations as streams of bytes: TCP reassembly and IP defragmentation for classifiers that read what is said. */
package dev.weir.stream;
