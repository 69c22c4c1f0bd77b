package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Attribution;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowKey;
import dev.weir.Ledger;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.SocketOwner;
import dev.weir.Verdict;
import dev.weir.classify.Application;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * {@code --json}: one flow event for each flow, when it ends. Those that are still open when the capture ends come last,
 * in the order in which they began.
 */
final class FlowEvents implements View {
    private static final SerializedString FLOW = new SerializedString("flow");
    private static final SerializedString START = new SerializedString("start");
    private static final SerializedString END = new SerializedString("end");

    private final EveWriter eve;
    private final List<Open> openAtEnd = new ArrayList<>();

    /** A flow without its states: these are gone when it is printed. */
    private record Open(Flow flow, Application application) {}

    FlowEvents(EveWriter eve) {
        this.eve = eve;
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        return Verdict.CONTINUE;
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        if (!flow.isIp()) {
            return;
        }
        Application application = Application.of(flow);
        synchronized (eve) {
            if (end == FlowEnd.PIPELINE_CLOSED) {
                openAtEnd.add(new Open(flow, application));
            } else {
                write(flow, application, end);
            }
        }
    }

    @Override
    public void refresh(Ledger ledger) {
        synchronized (eve) {
            eve.flush();
        }
    }

    @Override
    public void finish() {
        synchronized (eve) {
            openAtEnd.sort(Comparator.comparingLong((Open open) -> open.flow.firstSeenNs())
                    .thenComparingLong(open -> open.flow.id()));
            openAtEnd.forEach(open -> write(open.flow, open.application, FlowEnd.PIPELINE_CLOSED));
            openAtEnd.clear();
            eve.flush();
        }
    }

    private void write(Flow flow, Application application, FlowEnd end) {
        try {
            FlowKey key = flow.key();
            eve.begin(FLOW, flow.lastSeenNs(), flow.id());
            eve.tuple(key);
            if (application.isKnown()) {
                eve.json().writeStringField("app_proto", application.protocol());
            }
            counts(flow, end);
            if (key.protocol() == Protocols.TCP) {
                tcp(flow);
            }
            process(flow.attribution());
            eve.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an Output does not throw
        }
    }

    private void counts(Flow flow, FlowEnd end) throws IOException {
        JsonGenerator json = eve.json();
        json.writeFieldName(FLOW);
        json.writeStartObject();
        json.writeNumberField("pkts_toserver", flow.packets(Direction.FORWARD));
        json.writeNumberField("pkts_toclient", flow.packets(Direction.REVERSE));
        json.writeNumberField("bytes_toserver", flow.bytes(Direction.FORWARD));
        json.writeNumberField("bytes_toclient", flow.bytes(Direction.REVERSE));
        eve.time(START, flow.firstSeenNs());
        eve.time(END, flow.lastSeenNs());
        json.writeNumberField("age", (flow.lastSeenNs() - flow.firstSeenNs()) / 1_000_000_000L);
        json.writeStringField("state", FlowStage.of(flow).toString());
        json.writeStringField("reason", reason(end));
        json.writeEndObject();
    }

    private static String reason(FlowEnd end) {
        return switch (end) {
            case CLOSED, IDLE -> "timeout"; // a closed flow waits for its last packets, then times out
            case TABLE_FULL -> "forced";
            case PIPELINE_CLOSED -> "shutdown";
        };
    }

    private void tcp(Flow flow) throws IOException {
        JsonGenerator json = eve.json();
        int forward = flow.tcpFlags(Direction.FORWARD);
        int reverse = flow.tcpFlags(Direction.REVERSE);
        int all = forward | reverse;
        json.writeObjectFieldStart("tcp");
        json.writeStringField("tcp_flags", TcpFlags.hex(all));
        json.writeStringField("tcp_flags_ts", TcpFlags.hex(forward));
        json.writeStringField("tcp_flags_tc", TcpFlags.hex(reverse));
        flag("syn", all & TcpFlags.SYN);
        flag("fin", all & TcpFlags.FIN);
        flag("rst", all & TcpFlags.RST);
        flag("psh", all & TcpFlags.PSH);
        flag("ack", all & TcpFlags.ACK);
        flag("urg", all & TcpFlags.URG);
        flag("ecn", all & TcpFlags.ECE);
        flag("cwr", all & TcpFlags.CWR);
        json.writeStringField("state", FlowStage.tcpState(flow));
        json.writeEndObject();
    }

    private void flag(String name, int set) throws IOException {
        if (set != 0) {
            eve.json().writeBooleanField(name, true);
        }
    }

    /** Not Suricata's: who stands behind the flow, when somebody was asked. */
    private void process(Attribution attribution) throws IOException {
        if (attribution.certainty() == Attribution.Certainty.PENDING) {
            return;
        }
        JsonGenerator json = eve.json();
        json.writeObjectFieldStart("process");
        json.writeStringField("certainty", attribution.certainty().name().toLowerCase(Locale.ROOT));
        json.writeStringField("correlator", attribution.correlator());
        json.writeStringField("explanation", attribution.explanation());
        owner("src", attribution.initiator());
        owner("dest", attribution.responder());
        json.writeEndObject();
    }

    private void owner(String side, SocketOwner owner) throws IOException {
        if (owner == null) {
            return;
        }
        JsonGenerator json = eve.json();
        json.writeObjectFieldStart(side);
        if (owner.pid() != 0) {
            json.writeNumberField("pid", owner.pid());
            json.writeStringField("comm", owner.comm());
        }
        if (owner.uid() >= 0) {
            json.writeNumberField("uid", owner.uid());
        }
        text("cgroup", owner.cgroup());
        text("state", owner.state());
        number("inode", owner.inode());
        number("cookie", owner.cookie());
        json.writeEndObject();
    }

    private void text(String name, String value) throws IOException {
        if (!value.isEmpty()) {
            eve.json().writeStringField(name, value);
        }
    }

    private void number(String name, long value) throws IOException {
        if (value != 0) {
            eve.json().writeNumberField(name, value);
        }
    }
}
