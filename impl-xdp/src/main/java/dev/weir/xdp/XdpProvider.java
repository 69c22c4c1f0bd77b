package dev.weir.xdp;

import dev.weir.OptionSpec;
import dev.weir.Transmitter;
import dev.weir.WeirException;
import dev.weir.linux.LinuxException;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import java.util.List;

/**
 * The backend {@code xdp}: {@code xdp:eth0}, and {@code xdp:eth0,eth1?bridge} for a bridge that judges what crosses it.
 * Works in the network namespace of the thread that opens; needs CAP_NET_RAW and CAP_NET_ADMIN there, CAP_BPF (or CAP_SYS_ADMIN),
 * and libbpf.
 */
public final class XdpProvider implements CaptureProvider {
    /** For {@link java.util.ServiceLoader}. */
    public XdpProvider() {}

    @Override
    public String name() {
        return "xdp";
    }

    @Override
    public String description() {
        return "Packets that a Linux interface receives, taken by AF_XDP sockets before the kernel's stack sees them;"
                + " with two interfaces a bridge.";
    }

    @Override
    public List<OptionSpec> options() {
        return Settings.specs();
    }

    @Override
    public Availability probe() {
        String lack = BpfObject.unavailability();
        if (!lack.isEmpty()) {
            return Availability.no(lack);
        }
        try (Socket socket = Socket.open("AF_XDP", Sock.AF_XDP, Sock.SOCK_RAW, 0);
                Program program = Program.load(1, false)) {
            return socket.fd().isOpen() && program.isLoaded()
                    ? Availability.YES
                    : Availability.unknown("the socket or the program was closed by others");
        } catch (LinuxException e) {
            return e.isNeverHere() ? Availability.no(e.getMessage()) : Availability.unknown(e.getMessage());
        } catch (WeirException e) {
            return Availability.no(e.getMessage());
        }
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        return XdpSource.open(request);
    }

    @Override
    public Transmitter openTransmitter(CaptureRequest request) {
        return XdpTransmitter.open(request);
    }
}
