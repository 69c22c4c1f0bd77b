package dev.weir.xdp.filter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The types in a compiled BPF object: its section .BTF, as {@code linux/btf.h} describes it. Only structs and
 * enumerators are kept, and of members the name, the offset and the size.
 */
final class Btf {
    private static final int ELF_SECTION_TABLE = 40;
    private static final int ELF_SECTION_SIZE = 58;
    private static final int ELF_SECTION_COUNT = 60;
    private static final int ELF_SECTION_NAMES = 62;

    private static final int MAGIC = 0xeB9F;

    private static final int INT = 1;
    private static final int ARRAY = 3;
    private static final int STRUCT = 4;
    private static final int UNION = 5;
    private static final int ENUM = 6;
    private static final int FUNC_PROTO = 13;
    private static final int VAR = 14;
    private static final int DATASEC = 15;
    private static final int DECL_TAG = 17;
    private static final int ENUM64 = 19;

    /** Offsets of the members, in bytes. */
    record Struct(int bytes, Map<String, Integer> offsets) {}

    final Map<String, Struct> structs = new LinkedHashMap<>();
    final Map<String, Integer> enumerators = new LinkedHashMap<>();

    private final ByteBuffer in;
    private final int strings;

    Btf(byte[] elf) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        in = section(file, ".BTF");
        if (Short.toUnsignedInt(in.getShort(0)) != MAGIC) {
            throw new IllegalArgumentException("not BTF");
        }
        int header = in.getInt(4);
        int types = header + in.getInt(8);
        strings = header + in.getInt(16);
        read(types, types + in.getInt(12));
    }

    private static ByteBuffer section(ByteBuffer file, String wanted) {
        long table = file.getLong(ELF_SECTION_TABLE);
        int size = file.getShort(ELF_SECTION_SIZE);
        int count = file.getShort(ELF_SECTION_COUNT);
        int names = (int) file.getLong((int) table + file.getShort(ELF_SECTION_NAMES) * size + 24);
        for (int i = 0; i < count; i++) {
            int section = (int) table + i * size;
            if (string(file, names + file.getInt(section)).equals(wanted)) {
                return file.slice((int) file.getLong(section + 24), (int) file.getLong(section + 32))
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        throw new IllegalArgumentException("the object has no section " + wanted);
    }

    private static String string(ByteBuffer from, int offset) {
        int end = offset;
        while (from.get(end) != 0) {
            end++;
        }
        byte[] text = new byte[end - offset];
        from.get(offset, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    private void read(int from, int to) {
        for (int at = from; at < to; ) {
            String name = string(in, strings + in.getInt(at));
            int info = in.getInt(at + 4);
            int size = in.getInt(at + 8);
            int members = info & 0xffff;
            at += 12;
            switch (info >>> 24 & 0x1f) {
                case STRUCT, UNION -> {
                    Map<String, Integer> offsets = new LinkedHashMap<>();
                    for (int i = 0; i < members; i++, at += 12) {
                        offsets.put(string(in, strings + in.getInt(at)), (in.getInt(at + 8) & 0xffffff) / Byte.SIZE);
                    }
                    structs.put(name, new Struct(size, offsets));
                }
                case ENUM -> {
                    for (int i = 0; i < members; i++, at += 8) {
                        enumerators.put(string(in, strings + in.getInt(at)), in.getInt(at + 4));
                    }
                }
                case ENUM64, DATASEC -> at += 12 * members;
                case FUNC_PROTO -> at += 8 * members;
                case ARRAY -> at += 12;
                case INT, VAR, DECL_TAG -> at += 4;
                default -> {
                    // pointers, typedefs and qualifiers have nothing behind them
                }
            }
        }
    }
}
