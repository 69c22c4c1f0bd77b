package dev.weir.xdp.filter;

import dev.weir.Blocklist;
import dev.weir.Blocklist.Side;
import dev.weir.FlowKey;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfUapi;
import dev.weir.linux.bpf.GracePeriod;

/**
 * The blocklist in the kernel. Each kind of entry has two places for a map, one for each generation; the programs look
 * into those of the generation that the settings name. A new list is written into maps of its own, which take the places
 * of the generation that is not in force; then one store into the settings puts it in force. So each packet is judged by
 * one list as a whole.
 *
 * <p>A trie knows one longest prefix. So that a longer prefix does not hide what a shorter one around it says about the
 * other side of a packet, each is written with the sides of those around it.
 */
final class BlocklistMaps implements AutoCloseable {
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /** A kind of entry, in the order of {@code WEIR_BLOCK_HOSTS4} and its siblings. */
    private enum Kind {
        HOSTS4("block_hosts4", BpfUapi.BPF_MAP_TYPE_HASH, Integer.BYTES, 0),
        HOSTS6("block_hosts6", BpfUapi.BPF_MAP_TYPE_HASH, Layout.HOST6_BYTES, 0),
        PREFIXES4("block_prefixes4", BpfUapi.BPF_MAP_TYPE_LPM_TRIE, Layout.Prefix4.BYTES, BpfUapi.BPF_F_NO_PREALLOC),
        PREFIXES6("block_prefixes6", BpfUapi.BPF_MAP_TYPE_LPM_TRIE, Layout.Prefix6.BYTES, BpfUapi.BPF_F_NO_PREALLOC),
        PORTS("block_ports", BpfUapi.BPF_MAP_TYPE_HASH, Integer.BYTES, 0),
        FLOWS("block_flows", BpfUapi.BPF_MAP_TYPE_HASH, Layout.FlowKeyStruct.BYTES, 0);

        private final String map;
        private final int type;
        private final int keyBytes;
        private final int flags;

        Kind(String map, int type, int keyBytes, int flags) {
            this.map = map;
            this.type = type;
            this.keyBytes = keyBytes;
            this.flags = flags;
        }

        int bit() {
            return 1 << ordinal();
        }
    }

    private static final Kind[] KINDS = Kind.values();

    private final Control control;
    private final BpfMap[] places = new BpfMap[KINDS.length];
    private final GracePeriod grace = new GracePeriod();
    private int generation;

    /** Kinds that the generation in force has. */
    private int kinds;

    BlocklistMaps(BpfObject object, Control control) {
        this.control = control;
        for (Kind kind : KINDS) {
            places[kind.ordinal()] = object.map(kind.map);
        }
    }

    /** Counts the entries of each kind: maps are made as large as they have to be. */
    private static final class Sizes implements Blocklist.Visitor {
        private final int[] sizes = new int[KINDS.length];
        private int sides;

        @Override
        public void ipv4(int address, int lengthBits, Side side) {
            sizes[(lengthBits == IPV4_BITS ? Kind.HOSTS4 : Kind.PREFIXES4).ordinal()]++;
            sides |= BlockTable.sides(side);
        }

        @Override
        public void ipv6(long high, long low, int lengthBits, Side side) {
            sizes[(lengthBits == IPV6_BITS ? Kind.HOSTS6 : Kind.PREFIXES6).ordinal()]++;
            sides |= BlockTable.sides(side);
        }

        @Override
        public void port(int protocol, int port, Side side) {
            sizes[Kind.PORTS.ordinal()]++;
        }

        @Override
        public void flow(FlowKey key) {
            sizes[Kind.FLOWS.ordinal()]++;
        }

        /** The lower half of {@code weir_control.blocklist}. */
        int control() {
            int word = (sides & Layout.WEIR_SOURCE) != 0 ? Layout.WEIR_BLOCK_SOURCES : 0;
            word |= (sides & Layout.WEIR_DESTINATION) != 0 ? Layout.WEIR_BLOCK_DESTINATIONS : 0;
            for (Kind kind : KINDS) {
                word |= sizes[kind.ordinal()] > 0 ? kind.bit() : 0;
            }
            return word;
        }
    }

    /** Writes the entries into their tables. */
    private static final class Writer implements Blocklist.Visitor {
        private final BlockTable[] tables;
        private final Nesting around4 = new Nesting();
        private final Nesting around6 = new Nesting();

        Writer(BlockTable[] tables) {
            this.tables = tables;
        }

        private BlockTable table(Kind kind) {
            return tables[kind.ordinal()];
        }

        @Override
        public void ipv4(int address, int lengthBits, Side side) {
            if (lengthBits == IPV4_BITS) {
                BlockTable hosts = table(Kind.HOSTS4);
                ByteOrders.put32(hosts.keys(), hosts.at(), address);
                hosts.add(BlockTable.sides(side));
                return;
            }
            BlockTable prefixes = table(Kind.PREFIXES4);
            prefixes.keys().putInt(prefixes.at() + Layout.Prefix4.LENGTH, lengthBits);
            ByteOrders.put32(prefixes.keys(), prefixes.at() + Layout.Prefix4.ADDRESS, address);
            prefixes.add(around4.enter((long) address << 32, 0, lengthBits, BlockTable.sides(side)));
        }

        @Override
        public void ipv6(long high, long low, int lengthBits, Side side) {
            if (lengthBits == IPV6_BITS) {
                BlockTable hosts = table(Kind.HOSTS6);
                ByteOrders.put128(hosts.keys(), hosts.at(), high, low);
                hosts.add(BlockTable.sides(side));
                return;
            }
            BlockTable prefixes = table(Kind.PREFIXES6);
            prefixes.keys().putInt(prefixes.at() + Layout.Prefix6.LENGTH, lengthBits);
            ByteOrders.put128(prefixes.keys(), prefixes.at() + Layout.Prefix6.ADDRESS, high, low);
            prefixes.add(around6.enter(high, low, lengthBits, BlockTable.sides(side)));
        }

        @Override
        public void port(int protocol, int port, Side side) {
            BlockTable ports = table(Kind.PORTS);
            ports.keys().putInt(ports.at(), protocol << 16 | port);
            ports.add(BlockTable.sides(side));
        }

        @Override
        public void flow(FlowKey key) {
            BlockTable flows = table(Kind.FLOWS);
            FlowKeys.write(key, flows.keys(), flows.at());
            flows.add(1);
        }
    }

    /** See {@link dev.weir.KernelFilter#block}. */
    void replace(Blocklist list) {
        Sizes sizes = new Sizes();
        list.visit(sizes);
        BlockTable[] tables = new BlockTable[KINDS.length];
        int next = generation ^ 1;
        try {
            for (Kind kind : KINDS) {
                int size = sizes.sizes[kind.ordinal()];
                if (size > 0) {
                    tables[kind.ordinal()] = new BlockTable(kind.map, kind.type, kind.keyBytes, size, kind.flags);
                }
            }
            list.visit(new Writer(tables));
            for (Kind kind : KINDS) {
                BlockTable table = tables[kind.ordinal()];
                if (table != null) {
                    places[kind.ordinal()].putFd(next, table.filled().fd());
                }
            }
        } catch (RuntimeException | Error e) {
            clear(sizes.control(), next);
            throw e;
        } finally {
            // The places hold the maps now, or nobody does.
            for (BlockTable table : tables) {
                if (table != null) {
                    table.close();
                }
            }
        }
        int former = kinds;
        control.blocklist(sizes.control(), next);
        generation = next;
        kinds = sizes.control();
        grace.await();
        clear(former, next ^ 1);
    }

    private void clear(int kindsThere, int where) {
        for (Kind kind : KINDS) {
            if ((kindsThere & kind.bit()) != 0) {
                places[kind.ordinal()].removeAt(where);
            }
        }
    }

    @Override
    public void close() {
        grace.close();
    }
}
