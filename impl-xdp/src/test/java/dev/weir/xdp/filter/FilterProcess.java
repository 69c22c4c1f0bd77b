package dev.weir.xdp.filter;

import dev.weir.KernelFilter;

/** A process that has a filter open until it is killed. */
final class FilterProcess {
    static final String READY = "attached";

    private FilterProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        KernelFilter filter = KernelFilter.open(arguments[0]);
        System.out.println(READY + ": " + filter.explain());
        Thread.sleep(Long.MAX_VALUE);
    }
}
