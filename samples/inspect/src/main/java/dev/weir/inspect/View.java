package dev.weir.inspect;

import dev.weir.Classifier;
import dev.weir.Ledger;

/** What an inspection shows. As a classifier it is told of packets and flows, and has no opinion about them. */
interface View extends Classifier {
    /** Called a few times a second while packets may come: shows what is new. */
    void refresh(Ledger ledger);

    /** Called once, after the last packet. */
    void finish();
}
