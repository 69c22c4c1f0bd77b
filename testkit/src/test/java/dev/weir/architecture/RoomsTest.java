package dev.weir.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.weir.Pipeline;
import dev.weir.spi.CaptureQueue;
import dev.weir.testkit.MemoryCapture;
import java.net.URL;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/** Who may use what among the classes of api, spi and testkit; {@link SourceRoomsTest} looks at the other modules. */
class RoomsTest {
    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .importUrls(List.of(roomOf(Pipeline.class), roomOf(CaptureQueue.class), roomOf(MemoryCapture.class)));
    private static final JavaClasses API = inRoomOf(Pipeline.class);
    private static final JavaClasses SPI = inRoomOf(CaptureQueue.class);
    private static final JavaClasses TESTKIT = inRoomOf(MemoryCapture.class);

    private static final DescribedPredicate<JavaClass> STARTS_THREADS = DescribedPredicate.describe(
            "start threads",
            type -> type.isAssignableTo(Thread.class)
                    || type.isAssignableTo(Executor.class)
                    || type.isAssignableTo(ThreadFactory.class)
                    || type.isEquivalentTo(java.util.Timer.class)
                    || type.isEquivalentTo(java.util.concurrent.Executors.class)
                    || type.isEquivalentTo(java.util.concurrent.CompletableFuture.class));

    private static final ArchRule NO_THREADS = noClasses()
            .should()
            .callConstructorWhere(
                    DescribedPredicate.describe("start threads", call -> STARTS_THREADS.test(call.getTargetOwner())))
            .orShould()
            .callMethodWhere(DescribedPredicate.describe("start threads", call -> {
                String method = call.getTarget().getName();
                return STARTS_THREADS.test(call.getTargetOwner())
                        && !method.equals("currentThread")
                        && !method.equals("getContextClassLoader");
            }));

    private static URL roomOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    /** Reading class files is what takes time here: they are read once. */
    private static JavaClasses inRoomOf(Class<?> member) {
        String room = roomOf(member).getPath();
        return LIBRARY.that(DescribedPredicate.describe(
                "in " + room,
                // Of a folder or of a jar.
                type -> type.getSource().orElseThrow().getUri().toString().contains(room)));
    }

    /** Rules about classes that were not found hold without a word, so look that they were. */
    @Test
    void theClassesWereSeen() {
        assertTrue(API.size() > 40, "api: " + API.size());
        assertTrue(SPI.size() > 100, "spi: " + SPI.size());
        assertTrue(TESTKIT.size() > 40, "testkit: " + TESTKIT.size());
        assertTrue(
                SPI.stream().anyMatch(type -> type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(use -> use.getTargetClass().getPackageName().startsWith("com.sun.jna"))),
                "the use of JNA is visible");
        assertFalse(API.contain(CaptureQueue.class), "the rooms are told apart");
    }

    @Test
    void onlyTheLinuxPlumbingTouchesJna() {
        check(
                LIBRARY,
                noClasses()
                        .that()
                        .resideOutsideOfPackage("dev.weir.linux..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("com.sun.jna.."));
    }

    @Test
    void theApiStandsOnTheJdkAndSlf4jAlone() {
        check(
                API,
                classes()
                        .should()
                        .onlyDependOnClassesThat(resideInAnyPackage("java..", "javax.crypto..", "org.slf4j..")
                                .or(DescribedPredicate.describe(
                                        "of the api",
                                        type -> API.contain(
                                                type.getBaseComponentType().getName())))));
    }

    @Test
    void theApiStartsNoThreads() {
        check(API, NO_THREADS);
        assertTrue(NO_THREADS.evaluate(SPI).hasViolation(), "the engine starts threads, and the rule sees it");
    }

    @Test
    void nobodyButTheEngineUsesTheEngine() {
        check(
                LIBRARY,
                noClasses()
                        .that()
                        .resideOutsideOfPackage("dev.weir.engine..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("dev.weir.engine.."));
    }

    @Test
    void thePlumbingKnowsNothingAboveIt() {
        check(
                SPI,
                noClasses()
                        .that()
                        .resideInAPackage("dev.weir.linux..")
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                "dev.weir.spi..", "dev.weir.engine..", "dev.weir.pcap..", "dev.weir.runtime..")));
    }

    @Test
    void theSpiKnowsNoTestkitAndNoBackend() {
        check(
                SPI,
                noClasses()
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                "dev.weir.testkit..", "dev.weir.afpacket..", "dev.weir.nfqueue..", "dev.weir.xdp..")));
    }

    @Test
    void whatApplicationsCompileAgainstSpeaksOfNothingBehindIt() {
        check(
                API,
                noClasses()
                        .that(resideInAPackage("dev.weir.packet.."))
                        .should()
                        .dependOnClassesThat(resideInAPackage("dev.weir.runtime..")));
    }

    private static void check(JavaClasses classes, ArchRule rule) {
        rule.allowEmptyShould(false).check(classes);
    }
}
