package dev.weir.spi;

import java.util.Objects;

/**
 * What a capture is opened with.
 *
 * @param target what stands between the colon and the options: an interface, a file, a queue number
 * @param options the options given; names are known to be among {@link CaptureProvider#options()}
 * @param inFlightPackets how many packets the pipeline may have in flight; a backend sizes what depends on it, and may
 *     answer with less in its {@link CaptureTraits}
 * @param inFlightBytes the same in bytes
 */
public record CaptureRequest(String target, Options options, int inFlightPackets, long inFlightBytes) {
    public CaptureRequest {
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(options, "options");
    }
}
