package dev.weir.testkit.lab;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test method or class (with {@code @Test} beside it) that needs the kernel and root. It has the tag
 * {@code kernel}. Without root it is disabled with the reason "needs root"; where the kernel has not what it requires,
 * with one that begins "kernel lacks"; otherwise it runs. A build that runs these tests as root can so tell a skip that
 * is right from one that hides a failure.
 */
@SuppressWarnings("exports") // JUnit is there where tests are, and only there
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("kernel")
@ExtendWith(KernelCondition.class)
public @interface KernelTest {
    /** What the kernel must have. */
    KernelFeature[] requires() default {};
}
