/*
 * Drops whatever arrives at an interface, in the driver, until its standard input ends: the far end of what sends.
 *
 * usage: xdp_sink INTERFACE
 */
#include "xdp_program.h"

#include <net/if.h>
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc != 2 || attach_xdp(load_constant_xdp(XDP_DROP), if_nametoindex(argv[1])) < 0) {
        perror("xdp_sink INTERFACE");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
        /* until the harness goes away */
    }
    return 0;
}
