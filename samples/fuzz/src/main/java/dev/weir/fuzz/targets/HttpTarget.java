package dev.weir.fuzz.targets;

import dev.weir.Direction;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.http.HttpConnectionReader;
import dev.weir.packet.http.HttpConnectionReader.Step;
import dev.weir.packet.http.HttpHeadView;
import dev.weir.packet.http.HttpOddity;

/** {@link HttpConnectionReader} and {@link HttpHeadView}: where the second piece begins (two bytes), then the stream. */
public final class HttpTarget implements FuzzTarget {
    private static final int CONNECTION_BYTES = 2_000;
    private static final int FIELDS_BYTES = 64_000;

    private final HttpHeadView head = new HttpHeadView();
    private final Bytes stream = new Bytes();
    private final Bytes window = new Bytes();

    @Override
    public String name() {
        return "http";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 2) {
            return;
        }
        stream.wrap(input, 2, input.length() - 2);
        int cut = stream.length() == 0 ? 0 : input.u16(0) % stream.length();
        HttpConnectionReader reader = new HttpConnectionReader();
        int at = pass(reader, 0, cut);
        if (at >= 0) {
            pass(reader, at, stream.length());
        }
        int whole = pass(new HttpConnectionReader(), 0, stream.length());
        Check.that(whole <= stream.length(), "no more is consumed than there is");
    }

    /** Where it wants to go on, or -1 when it is over. */
    private int pass(HttpConnectionReader reader, int from, int end) {
        int at = from;
        while (true) {
            Step step = reader.read(Direction.FORWARD, stream, at, end - at, head);
            int consumed = reader.consumed(Direction.FORWARD);
            Check.that(consumed >= 0 && consumed <= end - at, "what is consumed was there");
            Check.that(step != Step.HEAD || consumed > 0, "a head is longer than nothing");
            at += consumed;
            if (step == Step.HEAD) {
                check();
            }
            if (step == Step.MORE || step == Step.OVER) {
                return step == Step.OVER ? -1 : at;
            }
        }
    }

    private void check() {
        Check.that(head.hasFirstLine(), "a whole head has a first line");
        head.method(window);
        head.target(window);
        head.host(window);
        head.body();
        Check.that(head.contentLength() >= -1, "a length is none or not negative");
        for (int i = 0; i < head.fieldCount(); i++) {
            Check.that(head.fieldName(i, window).length() > 0, "a field has a name");
            head.fieldValue(i, window);
        }
        int host = head.find("host", 0);
        Check.that(host < head.fieldCount(), "what is found is there");
        for (HttpOddity oddity : HttpOddity.values()) {
            head.has(oddity);
        }
    }

    @Override
    public long allocationLimitBytes(int inputLength) {
        return CONNECTION_BYTES
                + FIELDS_BYTES; // the readers of two connections; room for more fields than were ever seen
    }
}
