-- What wrk measured, in one line of JSON; times in microseconds.
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'REPORT {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"socket_errors":%d,"bad_answers":%d,"timeouts":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write, errors.status, errors.timeout))
end
