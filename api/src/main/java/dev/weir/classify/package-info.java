/**
 * Stock classifiers: what is said within flows, read and judged. Each is found by name as a plug-in as well
 * ({@link dev.weir.ClassifierProvider}). What they learn of a flow is kept in it ({@link
 * dev.weir.classify.Application}), for classifiers further down and for applications.
 */
package dev.weir.classify;
