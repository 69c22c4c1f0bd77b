package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Constants and offsets are what the kernel's headers say, by the word of a C compiler. */
class NfnetlinkQueueTest {
    private static final Path COMPILER = Path.of("/usr/bin/gcc");

    @Test
    void constantsAreThoseOfTheHeaders(@TempDir Path directory) throws Exception {
        assumeTrue(Files.exists(COMPILER), "no C compiler");
        Map<String, Integer> expected = new LinkedHashMap<>();
        expected.put("NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET", NfnetlinkQueue.MSG_PACKET);
        expected.put("NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT", NfnetlinkQueue.MSG_VERDICT);
        expected.put("NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG", NfnetlinkQueue.MSG_CONFIG);
        expected.put("NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT_BATCH", NfnetlinkQueue.MSG_VERDICT_BATCH);
        expected.put("sizeof(struct nfgenmsg)", NfnetlinkQueue.NFGENMSG_BYTES);
        expected.put("offsetof(struct nfgenmsg, res_id)", NfnetlinkQueue.NFGENMSG_RES_ID);
        expected.put("NFQA_PACKET_HDR", NfnetlinkQueue.NFQA_PACKET_HDR);
        expected.put("NFQA_VERDICT_HDR", NfnetlinkQueue.NFQA_VERDICT_HDR);
        expected.put("NFQA_MARK", NfnetlinkQueue.NFQA_MARK);
        expected.put("NFQA_TIMESTAMP", NfnetlinkQueue.NFQA_TIMESTAMP);
        expected.put("NFQA_IFINDEX_INDEV", NfnetlinkQueue.NFQA_IFINDEX_INDEV);
        expected.put("NFQA_IFINDEX_OUTDEV", NfnetlinkQueue.NFQA_IFINDEX_OUTDEV);
        expected.put("NFQA_HWADDR", NfnetlinkQueue.NFQA_HWADDR);
        expected.put("NFQA_PAYLOAD", NfnetlinkQueue.NFQA_PAYLOAD);
        expected.put("NFQA_CAP_LEN", NfnetlinkQueue.NFQA_CAP_LEN);
        expected.put("NFQA_SKB_INFO", NfnetlinkQueue.NFQA_SKB_INFO);
        expected.put("NFQA_UID", NfnetlinkQueue.NFQA_UID);
        expected.put("NFQA_GID", NfnetlinkQueue.NFQA_GID);
        expected.put("offsetof(struct nfqnl_msg_packet_hdr, packet_id)", NfnetlinkQueue.PACKET_HDR_ID);
        expected.put("offsetof(struct nfqnl_msg_packet_hdr, hook)", NfnetlinkQueue.PACKET_HDR_HOOK);
        expected.put("offsetof(struct nfqnl_msg_packet_hw, hw_addrlen)", NfnetlinkQueue.HW_LENGTH);
        expected.put("offsetof(struct nfqnl_msg_packet_hw, hw_addr)", NfnetlinkQueue.HW_ADDRESS);
        expected.put("offsetof(struct nfqnl_msg_packet_timestamp, sec)", NfnetlinkQueue.TIMESTAMP_SEC);
        expected.put("offsetof(struct nfqnl_msg_packet_timestamp, usec)", NfnetlinkQueue.TIMESTAMP_USEC);
        expected.put("sizeof(struct nfqnl_msg_verdict_hdr)", NfnetlinkQueue.VERDICT_HDR_BYTES);
        expected.put("NFQA_SKB_CSUMNOTREADY", NfnetlinkQueue.SKB_CSUMNOTREADY);
        expected.put("NFQA_SKB_GSO", NfnetlinkQueue.SKB_GSO);
        expected.put("NFQA_CFG_CMD", NfnetlinkQueue.NFQA_CFG_CMD);
        expected.put("NFQA_CFG_PARAMS", NfnetlinkQueue.NFQA_CFG_PARAMS);
        expected.put("NFQA_CFG_QUEUE_MAXLEN", NfnetlinkQueue.NFQA_CFG_QUEUE_MAXLEN);
        expected.put("NFQA_CFG_MASK", NfnetlinkQueue.NFQA_CFG_MASK);
        expected.put("NFQA_CFG_FLAGS", NfnetlinkQueue.NFQA_CFG_FLAGS);
        expected.put("sizeof(struct nfqnl_msg_config_cmd)", NfnetlinkQueue.CFG_CMD_BYTES);
        expected.put("sizeof(struct nfqnl_msg_config_params)", NfnetlinkQueue.CFG_PARAMS_BYTES);
        expected.put("offsetof(struct nfqnl_msg_config_params, copy_mode)", Integer.BYTES);
        expected.put("NFQNL_CFG_CMD_BIND", NfnetlinkQueue.CFG_CMD_BIND);
        expected.put("NFQNL_CFG_CMD_UNBIND", NfnetlinkQueue.CFG_CMD_UNBIND);
        expected.put("NFQNL_CFG_CMD_PF_UNBIND", NfnetlinkQueue.CFG_CMD_PF_UNBIND);
        expected.put("NFQNL_COPY_PACKET", NfnetlinkQueue.COPY_PACKET);
        expected.put("NFQA_CFG_F_FAIL_OPEN", NfnetlinkQueue.CFG_F_FAIL_OPEN);
        expected.put("NFQA_CFG_F_CONNTRACK", NfnetlinkQueue.CFG_F_CONNTRACK);
        expected.put("NFQA_CFG_F_GSO", NfnetlinkQueue.CFG_F_GSO);
        expected.put("NFQA_CFG_F_UID_GID", NfnetlinkQueue.CFG_F_UID_GID);
        expected.put("NF_DROP", NfnetlinkQueue.NF_DROP);
        expected.put("NF_ACCEPT", NfnetlinkQueue.NF_ACCEPT);
        StringBuilder source = new StringBuilder(
                """
                #include <stddef.h>
                #include <linux/netfilter.h>
                #include <linux/netfilter/nfnetlink.h>
                #include <linux/netfilter/nfnetlink_queue.h>
                """);
        expected.forEach((expression, value) -> source.append("_Static_assert((")
                .append(expression)
                .append(") == ")
                .append(value)
                .append(", \"")
                .append(expression)
                .append("\");\n"));
        assertEquals("", compile(Files.writeString(directory.resolve("check.c"), source)));
    }

    private static String compile(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(COMPILER.toString(), "-std=gnu11", "-fsyntax-only", file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
