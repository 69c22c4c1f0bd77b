/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * For LD_PRELOAD: bpf(2) answers as older kernels do, so that what falls back on them runs. The environment says what is
 * missing, in OLD_KERNEL: "batch" (commands on several entries of a map, Linux 5.6), "frags" (XDP programs for packets in
 * several buffers, 5.18), "tcx" (links at tc, 6.6), "libbpf" (the library is not installed). Each refusal is printed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of some distributions. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define XDP_HAS_FRAGS (1U << 5)

static int lacks(const char *what)
{
	const char *missing = getenv("OLD_KERNEL");

	if (!missing || !strstr(missing, what))
		return 0;
	dprintf(STDERR_FILENO, "old kernel: no %s;\n", what);
	return 1;
}

static int is_refused(long command, const union bpf_attr *attributes)
{
	switch (command) {
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		return lacks("batch");
	case BPF_PROG_LOAD:
		return attributes->prog_flags & XDP_HAS_FRAGS && lacks("frags");
	case BPF_LINK_CREATE:
		return (attributes->link_create.attach_type == TCX_INGRESS ||
			attributes->link_create.attach_type == TCX_EGRESS) && lacks("tcx");
	default:
		return 0;
	}
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long arguments[6];
	va_list list;
	int i;

	va_start(list, number);
	for (i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && is_refused(arguments[0], (const union bpf_attr *)arguments[1])) {
		errno = EINVAL;
		return -1;
	}
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

void *dlopen(const char *name, int flags)
{
	static void *(*next)(const char *, int);

	if (!next)
		next = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
	if (name && strstr(name, "libbpf.so") && lacks("libbpf"))
		name = "libbpf.so.1 (not here)";
	return next(name, flags);
}
