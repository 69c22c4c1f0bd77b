package dev.weir;

/** Where in the kernel's packet path an inline packet was taken out ({@code NF_INET_*}, linux/netfilter.h). */
public enum NetfilterHook {
    /** Not taken out by netfilter. */
    NONE,
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING
}
