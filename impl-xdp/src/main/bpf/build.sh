#!/bin/sh
# Compiles the BPF programs beside this script: build.sh [DIRECTORY], the standard is this one.
# Needs clang-14, llvm-strip-14 and libbpf-dev of Debian 12. Equal sources give equal bytes, in whatever folder.
set -eu
sources=$(CDPATH='' cd "$(dirname "$0")" && pwd -P)
into=${1:-$sources}
mkdir -p "$into"
into=$(CDPATH='' cd "$into" && pwd -P)
# The headers of the machine's own architecture; what the programs use of them is alike on all.
system=/usr/include/$(gcc -print-multiarch 2>/dev/null || echo "$(uname -m)-linux-gnu")
cd "$sources"
# Those for tests lie in the test's folder.
for source in *.bpf.c ../../test/bpf/*.bpf.c; do
    object=$into/$(basename "$source" .c).o
    if [ "$into" = "$sources" ]; then
        object=${source%.c}.o
    fi
    # The types (BTF) stay in the object, the debugger's tables do not. -mcpu=v2: kernels from 4.14 on know it.
    clang-14 -target bpf -mcpu=v2 -O2 -g -Wall -Wextra -Werror -std=gnu11 -fno-ident \
        -ffile-prefix-map="$sources=." -fdebug-compilation-dir=. -I"$system" -c "$source" -o "$object"
    llvm-strip-14 -g "$object"
done
