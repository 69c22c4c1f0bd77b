package dev.weir.linux.bpf;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.Fd;
import dev.weir.linux.NativeBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A compiled BPF object (an ELF file made by clang) and, once {@linkplain #load() loaded}, its programs and maps in the
 * kernel. libbpf does the relocation. Between opening and loading, maps can be resized or taken from another object.
 *
 * <p>Programs and maps handed out are closed with the object. Links are their owner's: a program stays attached while its
 * link is open, whether the object is or not. Nothing is pinned: when the process dies, everything goes. For one thread until it
 * is loaded.
 */
public final class BpfObject implements AutoCloseable {
    private static final int VERIFIER_LOG_BYTES = 1 << 20;

    private final String name;
    private final NativeBuffer verifierLog = NativeBuffer.allocate(VERIFIER_LOG_BYTES);
    private final List<AutoCloseable> handedOut = new ArrayList<>();
    private long object;
    private boolean loaded;

    private BpfObject(String name) {
        this.name = name;
    }

    /** {@code struct bpf_object_open_opts} of libbpf 1.0 to 1.2; a newer one takes a shorter struct. */
    static final class OpenOptions {
        static final int BYTES = 80;
        static final int SZ = 0;
        static final int OBJECT_NAME = 8;
        static final int KERNEL_LOG_BUF = 56;
        static final int KERNEL_LOG_SIZE = 64;
        static final int KERNEL_LOG_LEVEL = 72;

        private OpenOptions() {}
    }

    /**
     * Empty when objects can be loaded as far as libbpf is concerned, else what to do. What the kernel allows shows when
     * one is loaded.
     */
    public static String unavailability() {
        return Libbpf.REFUSAL;
    }

    /**
     * Opens an object that lies beside a class.
     *
     * @param resource relative to the class, such as {@code xdp.bpf.o}
     * @throws WeirException when libbpf is missing, or refuses the object
     */
    public static BpfObject open(Class<?> beside, String resource) {
        try (InputStream in = beside.getResourceAsStream(resource)) {
            if (in == null) {
                throw new WeirException("there is no BPF object " + resource + " beside " + beside.getName());
            }
            return open(resource, in.readAllBytes());
        } catch (IOException e) {
            throw new WeirException("the BPF object " + resource + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Opens an object.
     *
     * @param name for messages
     * @param elf the whole file
     * @throws WeirException when libbpf is missing, or refuses the object
     */
    public static BpfObject open(String name, byte[] elf) {
        Libbpf.require();
        BpfObject opened = new BpfObject(name);
        NativeBuffer bytes = NativeBuffer.allocate(elf.length);
        bytes.bytes().put(0, elf);
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        NativeBuffer cName = NativeBuffer.allocate(text.length + 1);
        cName.bytes().put(0, text);
        NativeBuffer options = NativeBuffer.allocate(OpenOptions.BYTES);
        options.bytes().putLong(OpenOptions.SZ, OpenOptions.BYTES);
        options.bytes().putLong(OpenOptions.OBJECT_NAME, cName.address());
        options.bytes().putLong(OpenOptions.KERNEL_LOG_BUF, opened.verifierLog.address());
        options.bytes().putLong(OpenOptions.KERNEL_LOG_SIZE, VERIFIER_LOG_BYTES);
        LibbpfLog.collect();
        opened.object = Libbpf.bpf_object__open_mem(bytes.address(), elf.length, options.address());
        int errno = opened.object == 0 ? Libbpf.errno() : 0;
        Reference.reachabilityFence(bytes);
        Reference.reachabilityFence(cName);
        Reference.reachabilityFence(options);
        String said = LibbpfLog.collected();
        if (opened.object == 0) {
            throw new WeirException("the BPF object " + name + " cannot be opened: " + Errno.name(errno)
                    + (said.isEmpty() ? "" : ": " + said.replace('\n', ' ')));
        }
        return opened;
    }

    /** Leaves a program out; all are loaded unless this was called, or their section's name begins with {@code ?}. */
    public BpfObject without(String program) {
        return autoload(program, false);
    }

    /** Takes in a program whose section's name begins with {@code ?}. */
    public BpfObject with(String program) {
        return autoload(program, true);
    }

    private BpfObject autoload(String program, boolean load) {
        Libbpf.check(
                Libbpf.bpf_program__set_autoload(programHandle(program), load),
                "bpf_program__set_autoload(" + program + ")");
        return this;
    }

    /** How many entries a map will have, instead of what the source says. */
    public BpfObject resize(String map, int maxEntries) {
        Libbpf.check(
                Libbpf.bpf_map__set_max_entries(mapHandle(map), maxEntries), "bpf_map__set_max_entries(" + map + ")");
        return this;
    }

    /** Takes a map that exists instead of making the one of that name. The map stays its owner's. */
    public BpfObject reuse(String map, BpfMap existing) {
        Libbpf.check(
                Libbpf.bpf_map__reuse_fd(mapHandle(map), existing.fd().number()), "bpf_map__reuse_fd(" + map + ")");
        return this;
    }

    /**
     * Makes the maps and has the kernel verify and load the programs.
     *
     * @throws BpfLoadException when it refuses, with what the verifier said
     */
    public BpfObject load() {
        if (loaded) {
            throw new IllegalStateException("the BPF object " + name + " is loaded already");
        }
        LibbpfLog.collect();
        int result = Libbpf.bpf_object__load(object());
        String said = LibbpfLog.collected();
        if (result < 0) {
            throw new BpfLoadException(name, -result, said, log());
        }
        loaded = true;
        return this;
    }

    private String log() {
        int length = 0;
        while (length < VERIFIER_LOG_BYTES && verifierLog.bytes().get(length) != 0) {
            length++;
        }
        byte[] text = new byte[length];
        verifierLog.bytes().get(0, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /**
     * A loaded program, by the name of its C function.
     *
     * @throws WeirException when there is none
     */
    public BpfProgram program(String program) {
        requireLoaded();
        int fd = Libbpf.check(Libbpf.bpf_program__fd(programHandle(program)), "bpf_program__fd(" + program + ")");
        BpfProgram made = new BpfProgram(program, Fd.duplicateOf(fd));
        handedOut.add(made);
        return made;
    }

    /**
     * A map, by its name in C.
     *
     * @throws WeirException when there is none
     */
    public BpfMap map(String map) {
        requireLoaded();
        long handle = mapHandle(map);
        BpfMap made = new BpfMap(
                map,
                Fd.duplicateOf(Libbpf.check(Libbpf.bpf_map__fd(handle), "bpf_map__fd(" + map + ")")),
                Libbpf.bpf_map__type(handle),
                Libbpf.bpf_map__key_size(handle),
                Libbpf.bpf_map__value_size(handle),
                Libbpf.bpf_map__max_entries(handle));
        handedOut.add(made);
        return made;
    }

    private long programHandle(String program) {
        long handle = Libbpf.bpf_object__find_program_by_name(object(), program);
        if (handle == 0) {
            throw new WeirException("the BPF object " + name + " has no program \"" + program + "\"");
        }
        return handle;
    }

    private long mapHandle(String map) {
        long handle = Libbpf.bpf_object__find_map_by_name(object(), map);
        if (handle == 0) {
            throw new WeirException("the BPF object " + name + " has no map \"" + map + "\"");
        }
        return handle;
    }

    private void requireLoaded() {
        if (!loaded) {
            throw new IllegalStateException("the BPF object " + name + " is not loaded yet");
        }
    }

    private long object() {
        if (object == 0) {
            throw new IllegalStateException("the BPF object " + name + " is closed");
        }
        return object;
    }

    /** Closes programs, maps and the object; has no effect the second time. */
    @Override
    public void close() {
        for (AutoCloseable part : handedOut) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException(e); // closing a descriptor throws nothing
            }
        }
        handedOut.clear();
        if (object != 0) {
            Libbpf.bpf_object__close(object);
            object = 0;
        }
    }

    @Override
    public String toString() {
        return "BPF object " + name;
    }
}
