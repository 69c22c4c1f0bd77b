package dev.weir.linux.bpf;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import dev.weir.linux.NativeBuffer;
import java.lang.ref.Reference;

/** libpcap's own interpreter and disassembler, to compare with. */
final class Libpcap {
    private static final boolean BOUND = bind();

    private Libpcap() {}

    private static boolean bind() {
        try {
            Native.register(Libpcap.class, NativeLibrary.getInstance("libpcap.so.0.8"));
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    static void assumeInstalled() {
        assumeTrue(BOUND && FilterCompiler.unavailability().isEmpty(), "libpcap0.8 is not installed");
    }

    static int run(NativeBuffer program, NativeBuffer packet, int capturedLength, int wireLength) {
        int result = bpf_filter(program.address(), packet.address(), wireLength, capturedLength);
        Reference.reachabilityFence(program);
        Reference.reachabilityFence(packet);
        return result;
    }

    static String disassemble(ClassicProgram program) {
        NativeBuffer instructions = program.toNative();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < program.length(); i++) {
            text.append(bpf_image(instructions.address() + (long) i * Bpf.SockFilter.BYTES, i)
                    .stripTrailing());
            text.append('\n');
        }
        Reference.reachabilityFence(instructions);
        return text.toString();
    }

    private static native int bpf_filter(long program, long packet, int wireLength, int capturedLength);

    private static native String bpf_image(long instruction, int index);
}
