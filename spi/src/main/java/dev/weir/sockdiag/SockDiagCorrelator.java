package dev.weir.sockdiag;

import dev.weir.Attribution;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.NanoClock;
import dev.weir.Protocols;
import dev.weir.sockdiag.FlowSide.Finding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Answers a batch of questions in four steps: sockets, listeners behind them, processes, conclusions. */
final class SockDiagCorrelator implements FlowCorrelator {
    static final String NAME = "sockdiag";

    /** The flows asked about last; what was known about older ones has to be found again. */
    private static final int FLOWS_MAX = 16_384;

    private final SocketTable sockets;
    private final LocalAddresses addresses;
    private final ProcessFinder processes;
    private final Map<FlowKey, FlowInquiry> inquiries = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FlowKey, FlowInquiry> eldest) {
            return size() > FLOWS_MAX;
        }
    };

    // Of the batch under way.
    private final List<Open> open = new ArrayList<>();
    private final List<Sought> sought = new ArrayList<>();
    private final List<SocketQuery> queries = new ArrayList<>();
    private final Set<Long> inodes = new HashSet<>();

    private record Open(Question question, FlowInquiry inquiry) {}

    /** A query and whom it is for. */
    private record Sought(FlowSide side, SocketQuery query) {}

    private SockDiagCorrelator(SocketTable sockets, LocalAddresses addresses, ProcessFinder processes) {
        this.sockets = sockets;
        this.addresses = addresses;
        this.processes = processes;
    }

    /** Opens its sockets in the network namespace of the calling thread; throws when the kernel does not answer. */
    static SockDiagCorrelator open(ProcFs proc, long walkLimitNs) {
        SocketTable sockets = SocketTable.open();
        LocalAddresses addresses = null;
        try {
            sockets.require(Protocols.TCP);
            sockets.require(Protocols.UDP);
            addresses = LocalAddresses.open();
            addresses.refresh();
            return new SockDiagCorrelator(sockets, addresses, new ProcessFinder(proc, NanoClock.SYSTEM, walkLimitNs));
        } catch (RuntimeException e) {
            sockets.close();
            if (addresses != null) {
                addresses.close();
            }
            throw e;
        }
    }

    /**
     * Answers a question that nobody has and looks at every process once. The first question of the pipeline would
     * otherwise pay for the loading of classes, and a connection of 50 ms would be over meanwhile; and what is open
     * already is then known.
     */
    void warmUp() {
        correlate(List.of(new WarmUp()));
        processes.survey();
        inquiries.clear();
    }

    /** A connection from nowhere to nowhere. */
    private record WarmUp() implements Question {
        @Override
        public FlowKey key() {
            return FlowKey.of(Protocols.TCP, "127.0.0.1", 0, "127.0.0.1", 0);
        }

        @Override
        public long flowId() {
            return 0;
        }

        @Override
        public int attempt() {
            return 1;
        }

        @Override
        public long ageNs() {
            return 0;
        }

        @Override
        public void answer(Attribution attribution) {}
    }

    @Override
    public void correlate(List<? extends Question> questions) {
        try {
            addresses.refresh();
            admit(questions);
            findSockets();
            findListeners();
            findProcesses();
            for (Open each : open) {
                Attribution answer = each.inquiry.answer(NAME, each.question.attempt());
                if (answer != null) {
                    each.question.answer(answer);
                }
            }
        } finally {
            open.clear();
            sought.clear();
            inodes.clear();
        }
    }

    private void admit(List<? extends Question> questions) {
        for (Question question : questions) {
            FlowKey key = question.key();
            if (key.ipVersion() != 4 && key.ipVersion() != 6) {
                question.answer(Attribution.unknown(NAME, "not IP: no socket of TCP or UDP"));
                continue;
            }
            if (key.protocol() != Protocols.TCP && key.protocol() != Protocols.UDP) {
                question.answer(Attribution.unknown(
                        NAME,
                        "IP protocol " + Protocols.name(key.protocol())
                                + ": only sockets of TCP and UDP are looked for"));
                continue;
            }
            FlowInquiry inquiry = inquiries.get(key);
            if (inquiry == null || inquiry.flowId != question.flowId()) {
                inquiry = new FlowInquiry(question.flowId(), key);
                inquiries.put(key, inquiry);
            }
            inquiry.initiator.isLocal = addresses.contains(inquiry.initiator.local);
            inquiry.responder.isLocal = addresses.contains(inquiry.responder.local);
            open.add(new Open(question, inquiry));
        }
    }

    private void findSockets() {
        for (Open each : open) {
            seek(each.inquiry.initiator);
            seek(each.inquiry.responder);
        }
        ask();
    }

    private void seek(FlowSide side) {
        if (side.finding() != Finding.EXACT) {
            sought.add(new Sought(side, side.query(SocketQuery.ANY_INTERFACE)));
        }
    }

    /** The second round: listeners behind connections without an owner, and sockets that are bound to an interface. */
    private void findListeners() {
        for (Open each : open) {
            seekFurther(each.inquiry.initiator);
            seekFurther(each.inquiry.responder);
        }
        ask();
    }

    private void seekFurther(FlowSide side) {
        if (side.wantsListener()) {
            sought.add(new Sought(side, side.listenerQuery()));
        } else if (side.finding() == Finding.NOTHING && side.isLocal) {
            for (int index : addresses.interfacesOf(side.local)) {
                sought.add(new Sought(side, side.query(index)));
            }
        }
    }

    private void ask() {
        for (Sought each : sought) {
            queries.add(each.query);
        }
        try {
            sockets.ask(queries);
            for (Sought each : sought) {
                each.side.take(each.query.found);
            }
        } finally {
            queries.clear();
            sought.clear();
        }
    }

    private void findProcesses() {
        for (Open each : open) {
            want(each.inquiry.initiator);
            want(each.inquiry.responder);
        }
        if (inodes.isEmpty()) {
            return;
        }
        ProcessSearch search = processes.find(inodes);
        for (Open each : open) {
            each.inquiry.initiator.take(search);
            each.inquiry.responder.take(search);
        }
    }

    private void want(FlowSide side) {
        long inode = side.wantedInode();
        if (inode != 0) {
            inodes.add(inode);
        }
    }

    @Override
    public void flowEnded(FlowKey key) {
        inquiries.remove(key);
    }

    @Override
    public void close() {
        sockets.close();
        addresses.close();
    }
}
