package dev.weir.linux.bpf;

/**
 * Waits until every run of a BPF program that had begun before has ended: afterwards nothing uses what was taken out of a
 * map. The kernel waits so (synchronize_rcu) when a map of maps is changed, and this one has no other use. Takes about 10
 * to 50 ms. One thread at a time.
 */
public final class GracePeriod implements AutoCloseable {
    private final BpfMap inner;
    private final BpfMap outer;

    public GracePeriod() {
        inner = BpfMap.create("weir_grace_in", BpfUapi.BPF_MAP_TYPE_ARRAY, Integer.BYTES, Integer.BYTES, 1, 0);
        try {
            outer = BpfMap.createOfMaps("weir_grace", 1, inner);
        } catch (RuntimeException | Error e) {
            inner.close();
            throw e;
        }
    }

    public void await() {
        outer.putFd(0, inner.fd());
    }

    @Override
    public void close() {
        outer.close();
        inner.close();
    }
}
