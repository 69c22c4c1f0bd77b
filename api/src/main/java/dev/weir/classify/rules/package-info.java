/**
 * A firewall's rules as a library type: {@link dev.weir.classify.rules.RuleSet} is a classifier made of
 * {@link dev.weir.classify.rules.Rule}s for layers 3, 4 and 7; {@link dev.weir.classify.rules.SwappableRules} replaces it
 * while a pipeline runs.
 */
package dev.weir.classify.rules;
