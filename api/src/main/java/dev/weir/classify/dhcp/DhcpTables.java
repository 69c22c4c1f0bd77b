package dev.weir.classify.dhcp;

import dev.weir.classify.dhcp.DhcpTransaction.End;
import dev.weir.packet.IpAddress;
import java.util.List;

/**
 * What is going on: conversations, leases, servers. Each table is bounded and its entries have a timeout. Callers hold this
 * object's monitor; the listener is called with it held.
 */
final class DhcpTables {
    private static final int MAX_SERVERS = 1_024;

    /** Which conversation: a client may have several, and clients choose the same number by chance. */
    record TransactionKey(int version, int id, String client) {}

    private record LeaseKey(IpAddress address, int prefixLength) {}

    private final DhcpListener listener;
    private final long transactionTimeoutNs;
    private final long longestLeaseNs;
    private final long serverTimeoutNs;
    private final ExpiringTable<TransactionKey, DhcpTransaction> transactions;
    private final ExpiringTable<LeaseKey, DhcpLease> leases;
    private final ExpiringTable<DhcpServer, DhcpServer> servers = new ExpiringTable<>(MAX_SERVERS);

    DhcpTables(DhcpClassifier.Builder settings) {
        listener = settings.listener;
        transactionTimeoutNs = settings.transactionTimeout.toNanos();
        longestLeaseNs = settings.longestLease.toNanos();
        serverTimeoutNs = settings.serverTimeout.toNanos();
        transactions = new ExpiringTable<>(settings.maxTransactions);
        leases = new ExpiringTable<>(settings.maxLeases);
    }

    /** A client said something that waits for an answer. */
    void asked(TransactionKey key, int messageType, String hostName, long nowNs) {
        DhcpTransaction before = transactions.get(key);
        put(
                key,
                new DhcpTransaction(
                        key.version,
                        key.id,
                        key.client,
                        messageType,
                        hostName.isEmpty() && before != null ? before.hostName() : hostName,
                        before == null ? null : before.server(),
                        before == null ? null : before.address(),
                        before == null ? nowNs : before.startedNs(),
                        nowNs));
    }

    /** A server offered something; without a question that was seen, that is of no interest. */
    void offered(TransactionKey key, DhcpServer server, IpAddress address, long nowNs) {
        DhcpTransaction before = transactions.get(key);
        if (before != null) {
            put(
                    key,
                    new DhcpTransaction(
                            before.version(),
                            before.id(),
                            before.client(),
                            before.messageType(),
                            before.hostName(),
                            server,
                            address,
                            before.startedNs(),
                            nowNs));
        }
    }

    private void put(TransactionKey key, DhcpTransaction transaction) {
        DhcpTransaction evicted = transactions.put(key, transaction, transaction.latestNs() + transactionTimeoutNs);
        if (evicted != null) {
            listener.transactionEnded(evicted, End.EVICTED);
        }
    }

    /** The conversation is over; what was known of it, or null. */
    DhcpTransaction ended(TransactionKey key, End end) {
        DhcpTransaction transaction = transactions.remove(key);
        if (transaction != null) {
            listener.transactionEnded(transaction, end);
        }
        return transaction;
    }

    /** A server lent an address or a prefix, or prolonged that. */
    void granted(
            IpAddress address,
            int prefixLength,
            String client,
            String hostName,
            DhcpServer server,
            long seconds,
            long nowNs) {
        LeaseKey key = new LeaseKey(address, prefixLength);
        DhcpLease before = leases.get(key);
        if (before != null && !before.client().equals(client)) {
            leases.remove(key);
            listener.leaseEnded(before, DhcpLease.End.REVOKED);
            before = null;
        }
        String name = hostName.isEmpty() && before != null ? before.hostName() : hostName;
        long lengthNs = Math.min(seconds * 1_000_000_000L, longestLeaseNs); // 2^32 seconds are less than 2^63 ns
        DhcpLease lease = new DhcpLease(address, prefixLength, client, name, server, nowNs, nowNs + lengthNs);
        DhcpLease evicted = leases.put(key, lease, lease.expiresNs());
        if (evicted != null) {
            listener.leaseEnded(evicted, DhcpLease.End.EVICTED);
        }
        listener.leaseGranted(lease);
    }

    /** A lease ends before its time; nobody but its client, or the server, can do that. */
    void returned(IpAddress address, int prefixLength, String client, DhcpLease.End end) {
        LeaseKey key = new LeaseKey(address, prefixLength);
        DhcpLease lease = leases.get(key);
        if (lease != null && lease.client().equals(client)) {
            leases.remove(key);
            listener.leaseEnded(lease, end);
        }
    }

    void heard(DhcpServer server, long nowNs) {
        boolean known = servers.get(server) != null;
        servers.put(server, server, nowNs + serverTimeoutNs);
        if (!known) {
            listener.serverSeen(server);
        }
    }

    void expire(long nowNs) {
        transactions.expire(nowNs, (key, value) -> listener.transactionEnded(value, End.TIMED_OUT));
        leases.expire(nowNs, (key, value) -> listener.leaseEnded(value, DhcpLease.End.EXPIRED));
        servers.expire(nowNs, (key, value) -> {});
    }

    List<DhcpTransaction> transactions() {
        return transactions.values();
    }

    List<DhcpLease> leases() {
        return leases.values();
    }

    List<DhcpServer> servers() {
        return servers.values();
    }

    long evicted() {
        return transactions.evicted() + leases.evicted() + servers.evicted();
    }
}
