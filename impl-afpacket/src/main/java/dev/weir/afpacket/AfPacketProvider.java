package dev.weir.afpacket;

import dev.weir.OptionSpec;
import dev.weir.Transmitter;
import dev.weir.WeirException;
import dev.weir.linux.LinuxException;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import java.util.List;

/**
 * The backend {@code afpacket}: {@code afpacket:eth0}, {@code afpacket:any}. It sees copies: no verdict can be carried
 * out. Capturing and sending happen in the network namespace of the thread that opens; needs CAP_NET_RAW there.
 */
public final class AfPacketProvider implements CaptureProvider {
    /** For {@link java.util.ServiceLoader}. */
    public AfPacketProvider() {}

    @Override
    public String name() {
        return "afpacket";
    }

    @Override
    public String description() {
        return "Copies of what a Linux interface receives and sends (\"any\" for all interfaces), through a packet"
                + " socket.";
    }

    @Override
    public List<OptionSpec> options() {
        return Settings.specs();
    }

    @Override
    public Availability probe() {
        try (Socket socket = Socket.open("AF_PACKET", Sock.AF_PACKET, Sock.SOCK_RAW, 0)) {
            return socket.fd().isOpen() ? Availability.YES : Availability.unknown("the socket was closed by others");
        } catch (LinuxException e) {
            return e.isNeverHere() ? Availability.no(e.getMessage()) : Availability.unknown(e.getMessage());
        } catch (WeirException e) {
            return Availability.no(e.getMessage());
        }
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        return AfPacketSource.open(request);
    }

    @Override
    public Transmitter openTransmitter(CaptureRequest request) {
        return AfPacketTransmitter.open(request);
    }
}
