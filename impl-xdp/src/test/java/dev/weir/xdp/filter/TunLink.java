package dev.weir.xdp.filter;

import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.HexFormat;

/** A tun interface whose other end is a process that writes what a test gives it: packets without a link header. */
final class TunLink implements AutoCloseable {
    static final String NAME = "tun0";

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** TUNSETIFF with IFF_TUN and IFF_NO_PI, {@code linux/if_tun.h}; then a packet, in hexadecimal, a line. */
    private static final String OTHER_END =
            """
            $| = 1;
            open(my $tun, '+<', '/dev/net/tun') or die $!;
            ioctl($tun, 0x400454ca, my $request = pack('a16 S x22', 'tun0', 0x1001)) or die $!;
            print "opened\\n";
            my $count = 0;
            while (my $line = <STDIN>) {
                chomp $line;
                defined(syswrite($tun, pack('H*', $line))) or die $!;
                print "wrote ", ++$count, ";\\n";
            }
            """;

    private final LabProcess process;
    private int written;

    private TunLink(LabProcess process) {
        this.process = process;
    }

    /** Makes it, up, with addresses such as {@code 10.50.0.1/24}. */
    static TunLink open(LabHost host, String... addresses) {
        LabProcess process = host.start("perl", "-e", OTHER_END);
        process.awaitOutput("opened", PATIENCE);
        for (String address : addresses) {
            if (address.contains(":")) {
                host.ip("addr", "add", address, "dev", NAME, "nodad");
            } else {
                host.ip("addr", "add", address, "dev", NAME);
            }
        }
        host.ip("link", "set", NAME, "up");
        return new TunLink(process);
    }

    /** The host receives it; it has passed the stack when this returns. */
    void receives(byte[] packet) {
        process.println(HexFormat.of().formatHex(packet));
        process.awaitOutput("wrote " + ++written + ";", PATIENCE);
    }

    void receivesUdp(String source, String destination, int destinationPort) {
        receives(PacketBuilder.rawIp()
                .ip(source, destination)
                .udp(40_000, destinationPort)
                .payloadOf(20)
                .build());
    }

    @Override
    public void close() {
        process.close();
    }
}
