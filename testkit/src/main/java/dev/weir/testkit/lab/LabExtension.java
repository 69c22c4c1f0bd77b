package dev.weir.testkit.lab;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a {@link NetworkLab} to tests, removes it after each, and removes once what crashed runs left. Usually through
 * {@link NetworkLabTest}.
 */
@SuppressWarnings("exports") // JUnit is there where tests are, and only there
public final class LabExtension implements BeforeAllCallback, AfterEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LabExtension.class);
    private static boolean leftoversRemoved;

    /** For JUnit. */
    public LabExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        removeLeftoversOnce();
    }

    private static synchronized void removeLeftoversOnce() {
        if (!leftoversRemoved) {
            leftoversRemoved = true;
            NetworkLab.removeLeftovers();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == NetworkLab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException(
                    "each test has a lab of its own: ask for it in @BeforeEach or in the test method");
        }
        removeLeftoversOnce();
        return store(context).getOrComputeIfAbsent(NetworkLab.class, any -> NetworkLab.open(), NetworkLab.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        NetworkLab lab = store(context).remove(NetworkLab.class, NetworkLab.class);
        if (lab != null) {
            lab.close();
        }
    }

    /** Of the test itself, where {@code @BeforeEach} and the method meet. */
    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }
}
