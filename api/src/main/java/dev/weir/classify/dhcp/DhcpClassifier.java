package dev.weir.classify.dhcp;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.NanoClock;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.Application;
import dev.weir.packet.Headers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Watches DHCP on the ports of clients and servers (67, 68; 546, 547), drops what servers say that are not allowed, and has
 * no opinion about anything else.
 *
 * <p>Client and server are in different flows, so the tables are one for all workers, under a lock: an instance may be shared.
 * A packet that is not DHCP costs a few comparisons and allocates nothing; a message allocates some hundred bytes. The tables
 * take up to about a kilobyte an entry.
 *
 * <p>Time is that of the packets, and between packets goes on with the clock; entries leave with the next packet of any kind,
 * at most a second late, and before the tables are read.
 */
public final class DhcpClassifier implements Classifier {
    // RFC 2131, 4.1; RFC 8415, 7.2
    private static final int SERVER4 = 67;
    private static final int CLIENT4 = 68;
    private static final int CLIENT6 = 546;
    private static final int SERVER6 = 547;

    private static final long EXPIRY_INTERVAL_NS = 1_000_000_000L;
    private static final Application DHCP = Application.of("dhcp");

    private final boolean dropRogues;
    private final DhcpTables tables;
    private final Dhcp4Watch watch4;
    private final Dhcp6Watch watch6;
    private final NanoClock clock;
    private volatile long expiredNs;
    private long packetNs;
    private long packetClockNs;

    private DhcpClassifier(Builder builder) {
        AllowedServers allowed = new AllowedServers(builder.servers);
        dropRogues = builder.dropRogues;
        clock = builder.clock;
        packetClockNs = clock.nanoTime();
        tables = new DhcpTables(builder);
        watch4 = new Dhcp4Watch(tables, allowed, builder.listener);
        watch6 = new Dhcp6Watch(tables, allowed, builder.listener);
    }

    /** Sets up a classifier that allows every server. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        long sinceExpiryNs = packet.timestampNs() - expiredNs;
        if (sinceExpiryNs >= EXPIRY_INTERVAL_NS
                || sinceExpiryNs <= -EXPIRY_INTERVAL_NS) { // the second: a clock set back
            expire(packet.timestampNs());
        }
        Headers headers = packet.headers();
        if (headers.protocol() != Protocols.UDP || !headers.hasTransport() || headers.isFragment()) {
            return Verdict.CONTINUE;
        }
        boolean v4 = isPort(headers, SERVER4, CLIENT4) && headers.ipVersion() == 4;
        if (!v4 && !(isPort(headers, SERVER6, CLIENT6) && headers.ipVersion() == 6)) {
            return Verdict.CONTINUE;
        }
        return message(packet, flow, v4);
    }

    private static boolean isPort(Headers headers, int server, int client) {
        int destination = headers.destinationPort();
        return destination == server || destination == client;
    }

    private Verdict message(Packet packet, Flow flow, boolean v4) {
        boolean rogue;
        synchronized (tables) {
            packetNs = packet.timestampNs();
            packetClockNs = clock.nanoTime();
            rogue = v4 ? watch4.isRogue(packet, flow) : watch6.isRogue(packet, flow);
        }
        if (flow.get(Application.STATE) == null) {
            DHCP.keepIn(flow);
        }
        return rogue && dropRogues ? RogueServer.DROP : Verdict.CONTINUE;
    }

    /** Its reason, made once. */
    private static final class RogueServer {
        static final Verdict DROP = Verdict.DROP.because("dhcp", "rogue server");
    }

    private void expire(long nowNs) {
        synchronized (tables) {
            expiredNs = nowNs;
            tables.expire(nowNs);
        }
    }

    /** Brings the tables to the time that it is now. The caller holds the lock. */
    private DhcpTables current() {
        tables.expire(packetNs + (clock.nanoTime() - packetClockNs));
        return tables;
    }

    /** Conversations that are not answered yet, the oldest first. Any thread. */
    public List<DhcpTransaction> transactions() {
        synchronized (tables) {
            return current().transactions();
        }
    }

    /** Leases that have not expired, the first to expire first. Any thread. */
    public List<DhcpLease> leases() {
        synchronized (tables) {
            return current().leases();
        }
    }

    /** Servers that were heard lately, allowed or not. Any thread. */
    public List<DhcpServer> servers() {
        synchronized (tables) {
            return current().servers();
        }
    }

    /** How many entries had to leave before their time because a table was full. Any thread. */
    public long evicted() {
        synchronized (tables) {
            return tables.evicted();
        }
    }

    /** Sets up a classifier. Not thread-safe. */
    public static final class Builder {
        private static final int MOST_ENTRIES = 10_000_000;

        DhcpListener listener = DhcpListener.NONE;
        Duration transactionTimeout = Duration.ofSeconds(60);
        Duration longestLease = Duration.ofDays(30);
        Duration serverTimeout = Duration.ofDays(1);
        int maxTransactions = 16_384;
        int maxLeases = 65_536;
        private List<String> servers = List.of();
        private boolean dropRogues = true;
        private NanoClock clock = System::nanoTime;

        private Builder() {}

        /** Who is told. */
        public Builder listener(DhcpListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * The servers that may answer, and relay agents that pass answers on to clients: addresses, and for IPv6 also DUIDs
         * ({@code duid:} and hexadecimal octets). What others say is dropped. Where no server of an IP version is given, all
         * of it may answer.
         *
         * @throws WeirException when {@link #build} finds that one is no such
         */
        public Builder servers(List<String> servers) {
            this.servers = List.copyOf(servers);
            return this;
        }

        /** Tells of rogue servers, and lets what they say pass. */
        public Builder reportRoguesOnly() {
            dropRogues = false;
            return this;
        }

        /** How long a conversation is kept without a further message; a minute when it was not said. */
        public Builder transactionTimeout(Duration timeout) {
            transactionTimeout = positive(timeout, "the timeout of transactions");
            return this;
        }

        /** How long a lease is kept that lasts longer, or for ever; 30 days when it was not said. */
        public Builder longestLease(Duration time) {
            longestLease = positive(time, "the longest lease");
            return this;
        }

        /** How many conversations and leases are kept at once; 16,384 and 65,536 when it was not said. */
        public Builder limits(int maxTransactions, int maxLeases) {
            if (maxTransactions < 1 || maxLeases < 1 || Math.max(maxTransactions, maxLeases) > MOST_ENTRIES) {
                throw new WeirException("the limits of DHCP must be 1 to " + MOST_ENTRIES + ", not " + maxTransactions
                        + " transactions and " + maxLeases + " leases");
            }
            this.maxTransactions = maxTransactions;
            this.maxLeases = maxLeases;
            return this;
        }

        /** What time goes on with between packets; {@link System#nanoTime} when it was not said. */
        public Builder clock(NanoClock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        private static Duration positive(Duration time, String what) {
            if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofDays(36_500)) > 0) {
                throw new WeirException(what + " must be more than nothing and at most 100 years, not " + time);
            }
            return time;
        }

        /** @throws WeirException for a server that is neither an address nor a DUID */
        public DhcpClassifier build() {
            return new DhcpClassifier(this);
        }
    }
}
