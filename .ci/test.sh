# shellcheck shell=sh disable=SC2154 # part of the launcher, which sets $root and $build
# `./weir test`: the unit tests on each JDK, as root the kernel tests too, the Javadoc, and two builds that must be equal.
#
# The tests look at these variables:
#   WEIR_CAPTURES     a directory of captures with what other tools read in them; without it those tests are left out
#   WEIR_REQUIRE_JDK  a Java version that the tests must have run on, for example 25

# The JDKs beside the one that builds: one directory for each newer version, the first in order of name.
newer_jdks() {
    seen=" $version "
    for candidate in /usr/lib/jvm/*; do
        [ -x "$candidate/bin/java" ] || continue
        number=$(major "$candidate")
        [ "${number:-0}" -gt "$version" ] || continue
        case $seen in *" $number "*) continue ;; esac
        seen="$seen$number "
        echo "$candidate"
    done
}

# run_maven LOG ARGUMENTS ...: quiet while all goes well; what went wrong is shown.
run_maven() {
    log=$build/$1
    shift
    maven "$@" >"$log" 2>&1 && return
    show_errors
    return 1
}

show_errors() {
    grep -E '^\[ERROR\] +[^ ]' "$log" | grep -vE 'Tests run:|-- Time elapsed:|^\[ERROR\] (Failures|Errors): *$' |
        head -n 60
    echo "the whole log is $log"
}

# sum TIER ATTRIBUTE: adds up one attribute of the test reports of a tier.
sum() {
    find "$root" -path "*/target/$1/TEST-*.xml" -exec sed -n "s/^<testsuite .* $2=\"\([0-9]*\)\".*/\1/p" {} + |
        awk '{ n += $1 } END { print n + 0 }'
}

# report TIER NAME: prints what ran, and adds it to the totals.
report() {
    ran=$(sum "$1" tests)
    left_out=$(sum "$1" skipped)
    wrong=$(($(sum "$1" failures) + $(sum "$1" errors)))
    echo "$2: $((ran - left_out)) ran, $wrong failed, $left_out skipped"
    passed=$((passed + ran - left_out - wrong))
    failed=$((failed + wrong))
    skipped=$((skipped + left_out))
    [ $((ran - left_out)) -gt 0 ] || complain "no test ran: $2"
}

# A kernel test may be left out where the kernel lacks what it needs, and for no other reason.
check_skips() {
    reasons=$(find "$root" -path "*/target/$1/TEST-*.xml" -exec sed -n 's/.*<skipped message="\([^"]*\)".*/\1/p' {} + | sort | uniq -c)
    [ -n "$reasons" ] || return 0
    echo "$reasons"
    unjustified=$(echo "$reasons" | grep -cEv '^ *[0-9]+ ([A-Za-z.]+: )?(Assumption failed: )?kernel lacks') || true
    [ "$unjustified" -eq 0 ] || complain "kernel tests were skipped for another reason than that the kernel lacks something"
}

complain() {
    echo "FAILED: $1"
    wrongs=$((wrongs + 1))
}

# test_on JAVA-HOME ARGUMENTS ...: all tests on one JDK.
test_on() {
    jdk=$(major "$1")
    echo "testing on JDK $jdk"
    tier=tests-jdk$jdk
    find "$root" -path "*/target/$tier*" -name 'TEST-*.xml' -exec rm -f {} +
    # A failed test does not keep the other modules' tests from running: the reports tell. A JVM that dies leaves none.
    if ! run_maven "$tier.log" package -Dmaven.test.failure.ignore=true -Dweir.test.jvm="$1/bin/java" \
        -Dweir.test.reports="$tier" -Dweir.test.kernel.skip="$skip_kernel" "$2"; then
        complain "the build and the tests on JDK $jdk"
    elif grep -qE '^\[ERROR\]' "$log"; then
        show_errors
        if grep -qE 'The forked VM terminated|error in the forked process|There was a timeout' "$log"; then
            complain "a JVM that ran tests on JDK $jdk ended early"
        fi
    fi
    report "$tier" "unit tests on JDK $jdk"
    if [ "$skip_kernel" = false ]; then
        report "$tier-kernel" "kernel tests on JDK $jdk"
        check_skips "$tier-kernel"
    fi
}

# Each fuzz target for a few seconds; `./weir fuzz MINUTES` looks longer.
fuzz_shortly() {
    echo "fuzzing, $fuzz_seconds s a target"
    if (run_sample fuzz dev.weir.fuzz.Fuzz --seconds "$fuzz_seconds" \
        --captures "$root/spi/src/test/resources/captures") >"$build/fuzz-short.log" 2>&1; then
        tail -n 1 "$build/fuzz-short.log"
    else
        tail -n 60 "$build/fuzz-short.log"
        complain "fuzzing found something"
    fi
}

# Builds the same sources in another directory: the jars must have the same bytes.
check_reproducible() {
    echo "building a second time, elsewhere"
    copy=$(mktemp -d)
    (cd "$root" && tar -cf - pom.xml ./*/pom.xml samples/*/pom.xml ./*/src samples/*/src) | tar -xf - -C "$copy"
    if (root=$copy && run_maven second-build.log -q package -Dmaven.test.skip=true -Dspotless.check.skip=true); then
        (cd "$root" && sha256sum ./*/target/weir-*.jar samples/*/target/weir-*.jar) >"$build/jars.sha256"
        (cd "$copy" && sha256sum --check --quiet "$build/jars.sha256") || complain "two builds gave different jars"
    else
        complain "the second build"
    fi
    rm -rf "$copy"
}

check_modules() {
    for jar in "$root"/*/target/weir-*.jar; do
        "$home/bin/jar" --describe-module --file "$jar" | grep -q '^dev\.weir\.' || complain "not a named module: $jar"
    done
}

need_jdk
need gcc gcc
need_header linux/if_packet.h linux-libc-dev
need_header stdio.h libc6-dev
skip_kernel=true
if [ "$(id -u)" = 0 ]; then
    skip_kernel=false
    need ip iproute2 iptables iptables tc iproute2 wireguard-go wireguard-go wg wireguard-tools
fi
need_libpcap
if can_install; then
    # The pinned compiler of the BPF programs: what it makes must be what is committed.
    need clang-14 clang-14 llvm-strip-14 llvm-14
    need_header bpf/bpf_helpers.h libbpf-dev
    need_libbpf
fi
install_missing
check_java
need_own_folder
mkdir -p "$build"
passed=0
failed=0
skipped=0
wrongs=0
fuzz_seconds=2
tested=" $version "

test_on "$home" -Pdocumentation
for jdk_home in $(newer_jdks); do
    test_on "$jdk_home" -Dspotless.check.skip=true
    tested="$tested$jdk "
done
if [ -n "${WEIR_REQUIRE_JDK:-}" ]; then
    case $tested in
        *" $WEIR_REQUIRE_JDK "*) ;;
        *) complain "the tests must run on JDK $WEIR_REQUIRE_JDK too (WEIR_REQUIRE_JDK), and none is in /usr/lib/jvm" ;;
    esac
fi
fuzz_shortly
check_modules
check_reproducible
if [ "$skip_kernel" = true ]; then
    echo "the kernel tests did not run: they need root"
fi
# What is wrong without a failed test (a build, a missing JDK, an unjustified skip) counts as a failure as well.
failed=$((failed > wrongs ? failed : wrongs))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
