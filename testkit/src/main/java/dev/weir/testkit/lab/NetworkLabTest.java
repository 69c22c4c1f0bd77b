package dev.weir.testkit.lab;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test method or class (with {@code @Test} beside it) that works in a {@link NetworkLab}: a {@link KernelTest}
 * that needs namespaces and veth pairs, whose methods may have a parameter of type {@link NetworkLab}. Each test has a
 * lab of its own, shared with its {@code @BeforeEach} and {@code @AfterEach} methods, and removed after them.
 */
@SuppressWarnings("exports") // JUnit is there where tests are, and only there
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH})
@ExtendWith(LabExtension.class)
public @interface NetworkLabTest {
    /** What the kernel must have besides namespaces and veth pairs. */
    KernelFeature[] requires() default {};
}
