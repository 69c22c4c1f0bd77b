/**
 * What is asked for and answered in HTTP/1: {@link dev.weir.classify.http.HttpClassifier} finds requests and responses in TCP
 * connections on any port, names the flow's {@link dev.weir.classify.Application}, and tells a listener. To judge requests,
 * see {@link dev.weir.classify.rules}.
 */
package dev.weir.classify.http;
