namespace Millrace.Robustness.Tests.Requests;

/// <summary>Ids, query values and headers that nobody means well with.</summary>
internal static class OddParts
{
    public static readonly string[] Ids =
    [
        "nobody", "%00", "a%00b", "..%2f..%2fetc%2fpasswd", "%2e%2e", "..;", "%2F", "%5c", "%", "%zz", "%c0%ae", "%ff", "%ed%a0%80", "%E2%80%AE", "a%20b", "a+b", "*", "~", "'", "\"", "<script>", "%3Cscript%3E", "null", "undefined", "NaN", "0", "-1",
        "1", "99999999999999999999", "1e3", "true", "{id}", "$where", "%7B%7D", "CON", "nul.txt", "a.json", ".", "...", "a;b=c", "a%3Fb", "a%23b", new string('a', 65), new string('a', 2_000), new string('%', 300), "%F0%9F%98%80", "\u00e9", "execute", "validate", "import",
    ];

    public static readonly string[] QueryValues =
    [
        "", "-1", "0", "1", "201", "1e9", "999999999999999999999", "-9223372036854775808", "9223372036854775807", "NaN", "-NaN", "Infinity", "-Infinity", "%E2%88%9E", "-%E2%88%9E", "1.5", ".5", "-0", "%2B1", "0x10", "1,2", "null", "true", "yes", "garbage",
        "%00", "%ff", "%", "%zz", "'", "%22", "%3C", "2026-01-31T08:00:00Z", "2026-13-99", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "10000-01-01", "now", "pending", "Running", "nothing", "bm90IGEgY3Vyc29y", "%F0%9F%98%80", "%ed%a0%80", "%7B%7B%201%20%7D%7D",
        "a*", "%25", "_%25", "(a%2B)%2B", "json", "yaml", "YAML", "1;2", "..%2f", "[]", "error", "debug", "1.5e300", "61", "60.0000001",
    ];

    public static readonly string[] QueryNames =
    [
        "limit", "cursor", "page", "page_size", "pageSize", "after", "wait", "version", "q", "status", "from", "to", "tags", "active_only", "owner", "workflow_id", "workflowId", "correlation_id", "level", "node", "at", "seq", "draft", "format", "last", "",
        "filter", "assignee", "bucket", "limit%5B%5D", "LIMIT", "%00", "%ff",
    ];

    public static readonly (string Name, string Value)[] Headers =
    [
        ("Content-Type", "application/json; charset=utf-16"), ("Content-Type", "application/json; charset=nothing"), ("Content-Type", "APPLICATION/JSON"), ("Content-Type", "application/json;"), ("Content-Type", "application/json, text/plain"),
        ("Content-Type", "application/vnd.api+json"), ("Content-Type", "text/plain"), ("Content-Type", "text/html"), ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Type", "multipart/form-data; boundary=x"), ("Content-Type", ""), ("Content-Type", "/"),
        ("Content-Type", "json"), ("Content-Type", "application/yaml; charset=\"utf-8\""), ("Content-Type", "application/json" + new string(';', 500)), ("Content-Encoding", "gzip"), ("Content-Encoding", "br"), ("Accept", "text/html"), ("Accept", "*/*;q=nothing"),
        ("Accept", new string('a', 5_000)), ("Accept-Encoding", "gzip"), ("Range", "bytes=0-0"), ("Range", "bytes=-1,2-"), ("If-Match", "*"), ("If-Match", "garbage"), ("If-Match", "\"1\""), ("If-Match", "W/\"1\""), ("If-Match", "\"99999999999999999999\""), ("If-Match", "\""),
        ("If-Match", "\"1\", \"2\", garbage"), ("If-Match", new string('"', 900)), ("If-None-Match", "*"), ("If-None-Match", "garbage"), ("If-Modified-Since", "yesterday"), ("Last-Event-ID", "garbage"), ("Last-Event-ID", "-1"), ("Last-Event-ID", "9223372036854775807"), ("Last-Event-ID", "99999999999999999999"),
        ("Last-Event-ID", "0.0.0"), ("Last-Event-ID", ""), ("Idempotency-Key", new string('k', 255)), ("Idempotency-Key", new string('k', 256)), ("Idempotency-Key", new string('k', 10_000)), ("Idempotency-Key", "\u00e9\u00ff"), ("Idempotency-Key", "a\tb"), ("Idempotency-Key", "'; DROP TABLE executions; --"),
        ("Idempotency-Key", ""), ("Idempotency-Key", "{{ 1 }}"), ("Authorization", "Bearer garbage"), ("Authorization", "Basic !!!"), ("Authorization", new string('A', 9_000)), ("Origin", "null"), ("Origin", "http://evil.example"), ("Origin", "http://localhost:1"), ("Origin", "http://127.0.0.1.evil.example"),
        ("Origin", "file://"), ("Origin", "garbage"), ("Origin", ""), ("Origin", new string('o', 4_000)), ("Host", "evil.example"), ("Host", "localhost"), ("Host", "localhost:0"), ("Host", "127.0.0.1.evil.example"), ("Host", "[::1]"), ("Host", "127.1"), ("Host", "2130706433"), ("Host", "LOCALHOST"),
        ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Host", "localhost"), ("X-Forwarded-Proto", "javascript"), ("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/api/v1/workflows"), ("Cookie", new string('c', 6_000)), ("Upgrade", "websocket"), ("Upgrade", "h2c"), ("traceparent", "garbage"),
        ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"), ("tracestate", new string('t', 2_000)), ("baggage", "a=b,,=;"), ("Referer", "javascript:alert(1)"), ("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "x,y,\u00e9"), ("Prefer", "wait=NaN"), ("Date", "never"),
    ];

    /// <summary>Targets that are no plain path.</summary>
    public static readonly string[] Targets =
    [
        "/", "//", "/.", "/..", "/../..", "/api", "/api/", "/api/v1", "/api/v1/", "//api/v1/workflows", "/api//v1/workflows", "/api/v1//workflows", "/api/v1/workflows/", "/api/v1/workflows//", "/api/v1/./workflows", "/api/v1/../v1/workflows", "/API/V1/WORKFLOWS", "/Api/v1/Workflows",
        "/api/v1/workflows%2f", "/api%2fv1%2fworkflows", "/%61pi/v1/workflows", "/api/v1/workflows%00", "/api/v1/workflows.json", "/api/v1/workflows;a=b", "/api/v1/workflows?", "/api/v1/workflows??", "/api/v1/workflows?&&&===&", "/api/v1/workflows?" + "limit=1&limit=2", "/api/v1/workflows#x", "/api/v1/workflows?q={{ 1 }}",
        "/api/v2/workflows", "/api/v1/nothing", "/health/..%2f..", "/health%20", "/favicon.ico", "/.env", "/millrace.db", "/..%5c..%5cmillrace.db", "/wwwroot/../millrace.db", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/workflows/%F0%9F%98%80", "/\u00e9", "/api/v1/executions/%20", "/api/v1/executions/%0d%0aX:%20y",
        "/" + new string('a', 4_000), "/" + string.Join('/', Enumerable.Repeat("a", 1_500)), "/api/v1/workflows?q=" + new string('q', 4_000), "/api/v1/workflows?" + string.Join('&', Enumerable.Range(0, 700).Select(i => $"a{i}=1")), "/api/v1/workflows?tags=" + new string(',', 3_000),
    ];
}
