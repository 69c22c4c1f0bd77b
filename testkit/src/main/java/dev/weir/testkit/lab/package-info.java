/**
 * A network of one's own for tests that need the kernel: {@link dev.weir.testkit.lab.NetworkLab} makes network
 * namespaces, cables between them, and runs processes and Java code inside; {@link dev.weir.testkit.lab.FilteredPath} is
 * a client and a server with a filter between them. Needs root and the {@code ip} command. With JUnit 5,
 * {@link dev.weir.testkit.lab.NetworkLabTest} hands a lab to a test and removes it afterwards, and
 * {@link dev.weir.testkit.lab.KernelTest} says what a test needs of the kernel:
 *
 * <pre>{@code
 * @NetworkLabTest
 * class GatewayTest {
 *     @Test
 *     void answers(NetworkLab lab) {
 *         LabHost client = lab.host("client");
 *         LabHost server = lab.host("server");
 *         lab.connect(client, server);
 *         server.start("my-server", "--listen", server.ipv4()).awaitOutput("ready", Duration.ofSeconds(5));
 *         client.run("my-client", server.ipv4());
 *     }
 * }
 * }</pre>
 */
package dev.weir.testkit.lab;
