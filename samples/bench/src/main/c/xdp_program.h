/*
 * Small XDP programs as instructions, and the calls that put them onto an interface: no compiler for BPF is needed. A
 * program is held by its link, and leaves the interface when the process ends.
 */
#ifndef WEIR_BENCH_XDP_PROGRAM_H
#define WEIR_BENCH_XDP_PROGRAM_H

#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int bpf(int command, union bpf_attr *attr) { return (int)syscall(SYS_bpf, command, attr, sizeof *attr); }

/* The program's descriptor, or -1 with errno. */
static inline int load_xdp(const struct bpf_insn *instructions, uint32_t count) {
    union bpf_attr attr = {0};
    attr.prog_type = BPF_PROG_TYPE_XDP;
    attr.insns = (uintptr_t)instructions;
    attr.insn_cnt = count;
    attr.license = (uintptr_t) "Apache-2.0";
    return bpf(BPF_PROG_LOAD, &attr);
}

/* A program that answers the same of every packet. */
static inline int load_constant_xdp(int action) {
    const struct bpf_insn constant[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = action},
        {.code = BPF_JMP | BPF_EXIT},
    };
    return load_xdp(constant, sizeof constant / sizeof *constant);
}

/* The link's descriptor, or -1 with errno. */
static inline int attach_xdp(int program, unsigned interface_index) {
    union bpf_attr attr = {0};
    attr.link_create.prog_fd = (uint32_t)program;
    attr.link_create.target_ifindex = interface_index;
    attr.link_create.attach_type = BPF_XDP;
    return bpf(BPF_LINK_CREATE, &attr);
}

#endif
