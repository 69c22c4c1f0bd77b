package dev.weir.xdp.filter;

import dev.weir.linux.MappedMemory;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.spi.PacketMark;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The settings of the programs: {@code struct weir_control}, in memory that the kernel and we share. */
final class Control implements AutoCloseable {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final MappedMemory memory;
    private final ByteBuffer bytes;

    Control(BpfMap map) {
        memory = MappedMemory.map(map.fd(), 0, MappedMemory.pageBytes());
        bytes = memory.bytes();
    }

    /** Release: whoever sees the word finds the maps filled. Programs read it once per packet. */
    void blocklist(int kinds, int generation) {
        LONGS.setRelease(
                bytes,
                Layout.Control.BLOCKLIST,
                Integer.toUnsignedLong(kinds) | (long) generation << Layout.WEIR_BLOCK_GENERATION_SHIFT);
    }

    /** 0 for no flow verdicts. */
    void flowLifetimeNs(long lifetimeNs) {
        LONGS.setRelease(bytes, Layout.Control.FLOW_LIFETIME_NS, lifetimeNs);
    }

    void steering(int kinds) {
        INTS.setRelease(bytes, Layout.Control.STEERING, kinds);
    }

    void acceptMark(PacketMark mark) {
        INTS.setRelease(bytes, Layout.Control.ACCEPT_MARK, mark.value());
        INTS.setRelease(bytes, Layout.Control.ACCEPT_MASK, mark.mask());
    }

    void steerMark(PacketMark mark) {
        INTS.setRelease(bytes, Layout.Control.STEER_MARK, mark.value());
        INTS.setRelease(bytes, Layout.Control.STEER_MASK, mark.mask());
    }

    @Override
    public void close() {
        memory.close();
    }
}
