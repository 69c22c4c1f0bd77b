package dev.weir.pcap;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The memory that a file is read into: blocks of 256 KiB, each counting the packets in it that are lent out. A block is
 * used again when its count is back at zero. For one thread.
 */
final class Blocks {
    static final int BLOCK_BYTES = 256 << 10;

    static final class Block {
        final int index;
        ByteBuffer buffer;
        int lent;
        boolean current;

        private Block(int index) {
            this.index = index;
        }
    }

    private final int max;
    private Block[] all = new Block[4];
    private int made;
    private int[] free = new int[4];
    private int freeCount;

    /** At most so many blocks. */
    Blocks(int max) {
        this.max = max;
    }

    boolean isExhausted() {
        return freeCount == 0 && made == max;
    }

    /** An unused block, to be read into; null when all have packets that are lent out. */
    Block take(int capacity) {
        if (isExhausted()) {
            return null;
        }
        Block block;
        if (freeCount > 0) {
            block = all[free[--freeCount]];
        } else {
            if (made == all.length) {
                all = Arrays.copyOf(all, made * 2);
                free = Arrays.copyOf(free, made * 2);
            }
            block = new Block(made);
            all[made++] = block;
        }
        if (block.buffer == null || block.buffer.capacity() < capacity) {
            block.buffer = ByteBuffer.allocateDirect(Math.max(capacity, BLOCK_BYTES));
        }
        block.current = true;
        return block;
    }

    /** The reader moves on to another block. */
    void leave(Block block) {
        block.current = false;
        freeIfUnused(block);
    }

    /** A packet in the block is read by nobody any more. */
    void release(int index) {
        Block block = all[index];
        block.lent--;
        freeIfUnused(block);
    }

    private void freeIfUnused(Block block) {
        if (block.lent == 0 && !block.current) {
            if (block.buffer.capacity() > BLOCK_BYTES) {
                block.buffer = null; // made larger for one large record
            }
            free[freeCount++] = block.index;
        }
    }
}
