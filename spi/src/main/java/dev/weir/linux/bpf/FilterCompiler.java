package dev.weir.linux.bpf;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.weir.WeirException;
import dev.weir.linux.NativeBuffer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Compiles expressions of the pcap-filter language with libpcap, which is loaded at the first use and needs no rights.
 * Any thread may call; one compiles at a time.
 *
 * <p>The program is for frames as they were on the wire. libpcap may look up names in an expression ({@code host
 * www.example.org}), which takes as long as the resolver takes.
 */
public final class FilterCompiler {
    /** What libpcap's DLT_RAW is on Linux; the link type in files, LINKTYPE_RAW, has another number. */
    private static final int DLT_RAW = 12;

    private static final int LINKTYPE_RAW = 101;
    private static final int DLT_ATM_RFC1483 = 11;
    private static final int LINKTYPE_ATM_RFC1483 = 100;

    /** libpcap's parser and optimizer call themselves for each term: past this, their stack is at risk. */
    private static final int MAXIMUM_EXPRESSION_LENGTH = 32 * 1024;

    private static final int OPTIMIZE = 1;
    private static final int NETMASK_UNKNOWN = -1;

    /** {@code struct bpf_program} of {@code pcap/bpf.h}: a count of 32 bits and the address of the instructions. */
    private static final int BPF_PROGRAM_BYTES = 16;

    private static final int BPF_PROGRAM_LEN = 0;
    private static final int BPF_PROGRAM_INSNS = 8;

    private FilterCompiler() {}

    /** Empty when filters can be compiled here, else what to do. */
    public static String unavailability() {
        return Libpcap.REFUSAL;
    }

    /**
     * @param linkType LINKTYPE_ number of the capture file format (1 is Ethernet, 101 raw IP) or libpcap's DLT_ number
     * @param snapLength bytes to keep of a packet that matches, which is what the program returns
     * @throws WeirException when the expression is wrong, with libpcap's explanation, or when libpcap is missing
     */
    public static ClassicProgram compile(String expression, int linkType, int snapLength) {
        if (!Libpcap.REFUSAL.isEmpty()) {
            throw new WeirException(Libpcap.REFUSAL);
        }
        if (snapLength <= 0) {
            throw new IllegalArgumentException("a snap length is positive, not " + snapLength);
        }
        if (expression.length() > MAXIMUM_EXPRESSION_LENGTH) {
            throw new WeirException("the filter has " + expression.length() + " characters, more than the "
                    + MAXIMUM_EXPRESSION_LENGTH + " that are allowed");
        }
        if (expression.indexOf('\0') >= 0) {
            throw new WeirException("the filter contains a zero character");
        }
        synchronized (FilterCompiler.class) {
            return compileLocked(expression, linkType, snapLength);
        }
    }

    private static ClassicProgram compileLocked(String expression, int linkType, int snapLength) {
        long handle = Libpcap.pcap_open_dead(dlt(linkType), snapLength);
        if (handle == 0) {
            throw new WeirException("libpcap has no memory to compile the filter \"" + printable(expression) + "\"");
        }
        try {
            NativeBuffer program = NativeBuffer.allocate(BPF_PROGRAM_BYTES);
            int result = Libpcap.pcap_compile(handle, program.address(), expression, OPTIMIZE, NETMASK_UNKNOWN);
            if (result != 0) {
                throw new WeirException("the filter \"" + printable(expression) + "\" is wrong: "
                        + printable(Libpcap.pcap_geterr(handle)));
            }
            try {
                int count = program.bytes().getInt(BPF_PROGRAM_LEN);
                Pointer array = new Pointer(program.bytes().getLong(BPF_PROGRAM_INSNS));
                ByteBuffer instructions = array.getByteBuffer(0, (long) count * Bpf.SockFilter.BYTES)
                        .order(ByteOrder.nativeOrder());
                return ClassicProgram.read(instructions, count);
            } catch (WeirException e) {
                // "protochain" makes a loop, and some expressions grow too long: libpcap's business, not the kernel's.
                throw new WeirException(
                        "the filter \"" + printable(expression) + "\" cannot be used: " + e.getMessage(), e);
            } finally {
                Libpcap.pcap_freecode(program.address());
                Reference.reachabilityFence(program);
            }
        } finally {
            Libpcap.pcap_close(handle);
        }
    }

    static int dlt(int linkType) {
        return switch (linkType) {
            case LINKTYPE_RAW -> DLT_RAW;
            case LINKTYPE_ATM_RFC1483 -> DLT_ATM_RFC1483;
            default -> linkType;
        };
    }

    /** Error messages are one line. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    /** In a class of its own, so that it is loaded when the first filter is compiled. */
    private static final class Libpcap {
        static final String REFUSAL = load();

        private Libpcap() {}

        private static String load() {
            // The bare name belongs to the development package; the versioned one is what every machine with libpcap
            // has.
            for (String name : new String[] {"libpcap.so.0.8", "libpcap.so.1", "pcap"}) {
                try {
                    Native.register(Libpcap.class, NativeLibrary.getInstance(name));
                    return "";
                } catch (LinkageError e) {
                    // The next name may be the one of this distribution.
                }
            }
            return "filters are compiled by libpcap, which is not installed here: install it"
                    + " (Debian: apt-get install libpcap0.8) or leave the filter out";
        }

        static native long pcap_open_dead(int linkType, int snapLength);

        static native void pcap_close(long handle);

        static native int pcap_compile(long handle, long program, String expression, int optimize, int netmask);

        static native void pcap_freecode(long program);

        static native String pcap_geterr(long handle);
    }
}
