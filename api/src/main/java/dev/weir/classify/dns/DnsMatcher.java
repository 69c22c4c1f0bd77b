package dev.weir.classify.dns;

import dev.weir.Reason;
import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsSection;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.dns.DnsView;

/**
 * Looks in a message for what a policy blocks, for who has a message and no pipeline: the names of questions; in a response also the names of the answers, the
 * names that they point to, and the addresses in them, those in hints of HTTPS records included. Servers' names and additional
 * records are left alone: clients do not connect to them for the name's sake.
 *
 * <p>For one thread. Nothing allocates.
 */
public final class DnsMatcher {
    /**
     * Names that are looked up in one message. An honest one has some tens at most, since owners that repeat are looked up
     * once; without a bound, a message of 64 KiB could have 5,000 that differ.
     */
    public static final int MAX_NAMES = 1_000;

    // RFC 9460, 14.3.2
    private static final int IPV4_HINT = 4;
    private static final int IPV6_HINT = 6;

    private final DnsPolicy.Scratch scratch = new DnsPolicy.Scratch();
    private final DnsRecord record = new DnsRecord();
    private final DnsName name = new DnsName();
    private final Bytes hints = new Bytes();
    private int names;
    private int lastOwner;
    private int lastTarget;

    /** Has looked at nothing yet. */
    public DnsMatcher() {}

    /** Why a policy blocks a message, or null when it does not. Ends with the records of the message. */
    public Reason match(DnsPolicy policy, DnsView message) {
        int rule = find(policy, message);
        return rule < 0 ? null : policy.rule(rule).reason;
    }

    /** The name that was found last; where an address was, the name that has it. Written over by the next message. */
    public DnsName name() {
        return name;
    }

    /** True when the last message had more names than are looked up, and none of those was found. */
    public boolean gaveUp() {
        return names > MAX_NAMES;
    }

    /** The number of the rule that blocks the message, or -1. */
    int find(DnsPolicy policy, DnsView message) {
        names = 0;
        lastOwner = -1;
        lastTarget = -1;
        scratch.budget.renew();
        record.begin(message);
        while (record.next() && record.section().compareTo(DnsSection.ANSWER) <= 0 && names <= MAX_NAMES) {
            int rule = owner(policy);
            if (rule < 0 && !record.isQuestion() && message.isResponse()) {
                rule = data(policy);
            }
            if (rule >= 0) {
                return rule;
            }
        }
        return -1;
    }

    /** Most owners are the name that was asked for, or what the record before points to: these were looked up. */
    private int owner(DnsPolicy policy) {
        int address = record.nameAddress();
        if (address == lastOwner || address == lastTarget) {
            return -1;
        }
        lastOwner = address;
        return look(policy, record.name(name));
    }

    private int look(DnsPolicy policy, DnsName name) {
        return name.isRoot() || ++names > MAX_NAMES ? -1 : policy.find(name, scratch);
    }

    private int data(DnsPolicy policy) {
        int type = record.type();
        switch (type) {
            case DnsType.A, DnsType.AAAA -> {
                return policy.blocksAddresses() && record.addressVersion() != 0
                        ? address(policy, record.addressHigh(), record.addressLow())
                        : -1;
            }
            case DnsType.CNAME, DnsType.DNAME, DnsType.MX, DnsType.SRV, DnsType.SVCB, DnsType.HTTPS -> {
                int rule = -1;
                if (record.target(name)) {
                    lastTarget = type == DnsType.CNAME ? record.dataOffset() : -1;
                    rule = look(policy, name);
                }
                boolean hasHints = rule < 0 && type >= DnsType.SVCB && policy.blocksAddresses();
                return hasHints ? hints(policy) : rule;
            }
            default -> {
                return -1;
            }
        }
    }

    private int hints(DnsPolicy policy) {
        int rule = -1;
        if (record.serviceParameter(IPV4_HINT, hints)) {
            for (int at = 0; rule < 0 && at + 4 <= hints.length(); at += 4) {
                rule = address(policy, 0, IpAddress.IPV4_MAPPED | hints.u32(at));
            }
        }
        if (rule < 0 && record.serviceParameter(IPV6_HINT, hints)) {
            for (int at = 0; rule < 0 && at + 16 <= hints.length(); at += 16) {
                rule = address(policy, hints.i64(at), hints.i64(at + 8));
            }
        }
        return rule;
    }

    private int address(DnsPolicy policy, long high, long low) {
        int rule = policy.find(high, low);
        if (rule >= 0) {
            record.name(name); // for the report: whose address it is
        }
        return rule;
    }
}
