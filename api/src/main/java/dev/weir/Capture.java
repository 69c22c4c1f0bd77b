package dev.weir;

import dev.weir.runtime.WeirRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A source of packets on its own, for who wants a plain loop instead of a {@link Pipeline}:
 *
 * <pre>{@code
 * try (Capture capture = Capture.open("pcap:trace.pcapng")) {
 *     List<Packet> batch;
 *     while ((batch = capture.receive(Duration.ofSeconds(1))) != null) {
 *         for (Packet packet : batch) {
 *             System.out.println(packet.headers());
 *             capture.finish(packet, Verdict.ACCEPT);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>or, where no packet is kept longer than it takes to look at it, one call for each:
 *
 * <pre>{@code
 * while (capture.dispatch(Duration.ofSeconds(1), packet -> Verdict.ACCEPT) >= 0) {}
 * }</pre>
 *
 * <p>A capture is named by a string, {@code backend:what?option=value&…}: {@code afpacket:eth0},
 * {@code pcap:trace.pcapng}, {@code memory:name}. Characters that would end a part ({@code ? & %}) are written in
 * percent form, or the options are given as a map.
 *
 * <p><b>Threads.</b> {@link #receive}, {@link #finish}, {@link #dispatch} and {@link #close} are called by one thread; {@link #wakeup} and
 * the counters by any.
 */
public interface Capture extends AutoCloseable {
    /**
     * Opens a capture by name, with the providers that the context class loader sees.
     *
     * @throws WeirException when no backend has that name, an option is unknown or wrong, or the backend cannot work
     *     here; the message says what to do
     */
    static Capture open(String name) {
        return open(name, Map.of());
    }

    /** As {@link #open(String)} with more options, given as they are, without escapes. */
    static Capture open(String name, Map<String, String> options) {
        return WeirRuntime.find(null).openCapture(name, options, null);
    }

    /**
     * Takes the packets that are there, waiting for some if need be. Any number may be kept unfinished, up to what the
     * backend bears: with everything lent out nothing more is received.
     *
     * @return the batch, empty when the time ran out or {@link #wakeup()} was called; null when the capture has ended
     *     (a file was read to its end). The list is reused by the next call
     * @throws WeirException when the source failed; what was received before stays valid
     */
    List<Packet> receive(Duration timeout);

    /**
     * Gives a packet back with its verdict: each exactly once, in any order. A passive capture takes the verdict as a
     * word only.
     */
    void finish(Packet packet, Verdict verdict);

    /**
     * Hands the packets that are there to a function, one by one, waiting for some if need be; the function says the
     * verdict. The cheapest way to read a capture, as {@code pcap_dispatch} is in C: an AF_PACKET ring is walked with one
     * packet object, which the function must not keep, and nothing is finished one by one.
     *
     * <p>A call ends after the packets that were there, at most 1,024; verdicts take effect by the next call at the latest.
     * When the function throws, its packet is accepted, as are, with some backends, those taken in with it, and the
     * exception is passed on.
     *
     * @param judge must not call this capture; the packet is its own until it returns
     * @return how many packets, 0 when the time ran out or {@link #wakeup()} was called, -1 when the capture has ended
     * @throws WeirException when the source failed
     */
    int dispatch(Duration timeout, Function<? super Packet, Verdict> judge);

    /** Makes a waiting {@link #receive} or {@link #dispatch} return. */
    void wakeup();

    /** The verdicts that this capture can carry out; empty when it is passive: it sees copies and cannot drop. */
    Set<Verdict.Kind> carriesOut();

    /** What was lost before it could be received, by cause; any thread. */
    Map<Loss, Long> losses();

    /** What was asked for, what was got, and why, in lines for people. */
    String explain();

    /** Accepts what is unfinished and gives everything back to the kernel. */
    @Override
    void close();
}
