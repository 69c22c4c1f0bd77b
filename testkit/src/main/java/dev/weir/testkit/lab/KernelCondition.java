package dev.weir.testkit.lab;

import dev.weir.linux.Rights;
import dev.weir.spi.Availability;
import java.lang.reflect.AnnotatedElement;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides whether a {@link KernelTest} runs. */
@SuppressWarnings("exports") // JUnit is there where tests are, and only there
public final class KernelCondition implements ExecutionCondition {
    /** For JUnit. */
    public KernelCondition() {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Set<KernelFeature> required =
                context.getElement().map(KernelCondition::required).orElse(Set.of());
        if (!isRoot()) {
            return ConditionEvaluationResult.disabled("needs root");
        }
        for (KernelFeature feature : required) {
            Availability availability = feature.probe();
            if (availability.answer() == Availability.Answer.NO) {
                return ConditionEvaluationResult.disabled("kernel lacks " + availability.cause());
            }
        }
        return ConditionEvaluationResult.enabled("this kernel has what the test needs");
    }

    private static Set<KernelFeature> required(AnnotatedElement element) {
        Set<KernelFeature> required = new LinkedHashSet<>();
        AnnotationSupport.findAnnotation(element, KernelTest.class)
                .ifPresent(kernel -> required.addAll(List.of(kernel.requires())));
        AnnotationSupport.findAnnotation(element, NetworkLabTest.class)
                .ifPresent(lab -> required.addAll(List.of(lab.requires())));
        return required;
    }

    static boolean isRoot() {
        return Rights.has(Rights.Capability.CAP_NET_ADMIN, Rights.Capability.CAP_SYS_ADMIN);
    }
}
