using Millrace.Core.Values;

namespace Millrace.Fuzz.Generation;

/// <summary>Words that mean something to somebody.</summary>
internal static class Vocabulary
{
    public static readonly string[] DefinitionKeys =
    [
        "id", "name", "type", "config", "data", "nodes", "edges", "steps", "connections", "source", "target", "from", "to", "port", "sourceHandle", "label", "when", "condition", "conditions",
        "nextSteps", "next_steps", "next", "onError", "on_error", "retry", "maxRetries", "max_retries", "maxAttempts", "timeout", "cache", "key", "ttl", "compensation", "inDoubt", "disabled",
        "position", "notes", "outputSchema", "inputSchema", "input_schema", "variables", "trigger", "triggers", "tags", "settings", "version", "isActive", "is_active", "action", "strategy", "goto",
        "backoff", "delay", "maxDelay", "jitter", "errors", "field", "fields", "operator", "value", "expression", "step", "true_edge", "falseEdge", "cases", "equals", "url", "method", "headers",
        "body", "items", "message", "level", "properties", "required", "$ref", "$defs", "count", "by", "order", "keys", "mode", "combine", "merge", "values", "duration", "until", "template",
        "required_fields", "schema", "defaults", "default", "form", "operation", "of", "groupBy", "size", "keep", "priority", "concurrency", "tenantId", "", "~", "/", "~1", "a", "\u00e9", "<<",
    ];

    public static readonly Value[] DefinitionScalars =
    [
        "a", "b", "start", "", " ", "noop", "http", "conditional", "if", "switch", "join", "forEach", "comment", "manualInput", "input", "output", "addField", "transform", "filter", "sort", "limit",
        "aggregate", "unique", "split", "log", "fail", "stop", "delay", "setVariable", "goto:a", "goto:", "continue", "compensate", "retry", "ask", "PT5S", "5s", "P1Y", "-PT1S", "PT", "1e400", "{{ a.output }}",
        "{{", "}}", "{{}}", "{{ data }} and {{ input.x }}", "data.x", "nodes['b'].output", "secrets.x", "1 +", "\n", "#", "#/$defs/x", "#/properties/a", "object", "string", "equals", "in", "matches", "true",
        "false", "error", "default", "webhook", "schedule", "fixed", "exponential", "any", "all", "n", "(a+)+$", "[", "\u0001", "\ud83d\ude00", "\u0085", "\u2028", "\ufeff", "http://[::1", "http://127.0.0.1:99999/", "GET\r\nX: y",
        "yes", "~", "0x1F", "0o17", "1_000", "1:30", ".5", "+1", "-", "- a", "a: b", "&a", "*a", "!!str", "|", ">", "%", "@", "`", "'", "\"", "\\",
        Value.Null, true, false, 0, 1, -1, 3, 100, 1_000_001, 1.5, -0.0, 1e300, double.Epsilon, long.MaxValue, long.MinValue, 9007199254740993, MapValue.Empty, ListValue.Empty,
    ];

    public static readonly string[] JsonTokens =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "null", "true", "false", "{}", "[]", "\"\"", "\"id\":", "\"type\":", "\"a\":1,\"a\":2", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u", "\0", "\ufeff",
        "1e999", "-1e999", "1e-999", "-0", "00", "0.1e", ".5", "9223372036854775808", "123456789012345678901234567890", "NaN", "Infinity", "//", "/*", "\t", "\n", "\r", "\u007f", "\u2028", "\u00e9", "\ud83d\ude00",
    ];

    public static readonly string[] YamlTokens =
    [
        "&a ", "*a", "&a [*a]", "<<: ", "!!str ", "!!int ", "!!binary ", "!!python/object:x ", "!x ", "!<tag:yaml.org,2002:map> ", "---\n", "...\n", "--- ", "%YAML 1.2\n", "%TAG ! x\n", "? ", ": ", "- ", "\n- ", "\n  ",
        "\n", "\r", "\t", "|\n", ">-\n", "|+9\n", "|0\n", "[", "]", "{", "}", ", ", "#", " #", "\"", "'", "\\", "\"\\x00\"", "\"\\ud800\"", "\"\\U00110000\"", "~", "null", ".inf", "-.nan", "0x7fffffffffffffff", "0o7777777777777777777777",
        "1e999", "=", "<<", "@", "`", "%", "\0", "\u0085", "\u2028", "\ufeff", "\u00e9", "\ud83d\ude00", "a: b\n", "nodes:\n", "steps:\n", "id: a\n", "type: noop\n",
    ];
}
