using System.Globalization;
using System.Text;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>
/// The operators of {field, operator, value} rules, and how they are said in CEL. The text of a number compares with a number as that
/// number, because forms and query strings know only text.
/// </summary>
public static class ComparisonOperators
{
    private const string Within = "{1}.exists(itemOfRule, comparable({0}, itemOfRule) == comparable(itemOfRule, {0}))";
    private const string Contained = "(type({0}) == string ? {0}.contains(string({1})) : "
        + "{0}.exists(itemOfRule, comparable(itemOfRule, {1}) == comparable({1}, itemOfRule)))";
    private const string Empty = "(!{2} || {0} == null || {0} == '' || {0} == [] || {0} == {})";
    private const string Present = "({2} && {0} != null)";

    private static readonly Dictionary<string, string> Templates = new[]
    {
        Named(Compared("=="), "equals", "eq", "==", "="),
        Named(Compared("!="), "notEquals", "not_equals", "ne", "!="),
        Named(Compared(">"), "greaterThan", "greater_than", "gt", ">"),
        Named(Compared(">="), "greaterOrEqual", "greater_or_equal", "gte", ">="),
        Named(Compared("<"), "lessThan", "less_than", "lt", "<"),
        Named(Compared("<="), "lessOrEqual", "less_or_equal", "lte", "<="),
        Named(Contained, "contains"),
        Named("!" + Contained, "notContains", "not_contains"),
        Named("{0}.startsWith({1})", "startsWith", "starts_with"),
        Named("{0}.endsWith({1})", "endsWith", "ends_with"),
        Named("{0}.matches({1})", "matches", "regex"),
        Named(Within, "in"),
        Named("!" + Within, "notIn", "not_in"),
        Named(Empty, "isEmpty", "is_empty"),
        Named("!" + Empty, "isNotEmpty", "is_not_empty"),
        Named(Present, "exists"),
        Named("!" + Present, "notExists", "not_exists"),
    }.SelectMany(pairs => pairs).ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names that are understood.</summary>
    public static IReadOnlyCollection<string> Names => Templates.Keys;

    /// <summary>Whether the operator is known.</summary>
    public static bool Contains(string name) => Templates.ContainsKey(name);

    /// <summary>Whether an operator asks if the field is there, so that it need not be.</summary>
    public static bool AsksPresence(string name) =>
        Templates.TryGetValue(name, out var template) && template.Contains("{2}", StringComparison.Ordinal);

    /// <summary>A rule as a CEL condition. Text with {{ }} stays a template; other values become literals, never pasted text.</summary>
    /// <param name="field">An expression, with or without {{ }}.</param>
    /// <param name="name">The operator.</param>
    /// <param name="operand">The value to compare with.</param>
    public static string ToCondition(string field, string name, Value operand)
    {
        if (!Templates.TryGetValue(name, out var template))
            throw new ArgumentException($"'{name}' is not an operator.", nameof(name));
        return Fill(template, $"({field})", Literal(operand), AsksPresence(name) ? Presence(field) : "");
    }

    // In one pass: what is filled in may itself look like a place to fill, such as the {1} of a regular expression.
    private static string Fill(string template, params ReadOnlySpan<string> parts)
    {
        var filled = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] == '{' && i + 2 < template.Length && template[i + 2] == '}')
            {
                filled.Append(parts[template[i + 1] - '0']);
                i += 2;
            }
            else
            {
                filled.Append(template[i]);
            }
        }
        return filled.ToString();
    }

    private static IEnumerable<KeyValuePair<string, string>> Named(string template, params string[] names) =>
        names.Select(name => KeyValuePair.Create(name, template));

    private static string Compared(string sign) => $"comparable({{0}}, {{1}}) {sign} comparable({{1}}, {{0}})";

    // Whether a field is there can be asked of selections only; anything else is there.
    private static string Presence(string field)
    {
        var question = $"has({field})";
        return Expression.ParseCondition(question, out _) is null ? "true" : question;
    }

    private static string Literal(Value value) => value.Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.String when value.AsString().Contains("{{", StringComparison.Ordinal) =>
            WholeTemplate(value.AsString()) ?? Quote(value.AsString()),
        ValueKind.String => Quote(value.AsString()),
        ValueKind.List => $"[{string.Join(", ", ((IEnumerable<Value>)value.AsList()).Select(Literal))}]",
        ValueKind.Map =>
            $"{{{string.Join(", ", value.AsMap().Entries.ToArray().Select(entry => $"{Literal(entry.Key)}: {Literal(entry.Value)}"))}}}",
        ValueKind.UInt => $"{value.ToJson()}u",
        _ => value.ToJson(),
    };

    // "{{ input.limit }}" compares with the value itself; mixed text is left to the condition parser, inside quotes.
    private static string? WholeTemplate(string text)
    {
        var trimmed = text.Trim();
        var inner = trimmed.StartsWith("{{", StringComparison.Ordinal) && trimmed.EndsWith("}}", StringComparison.Ordinal)
            ? trimmed[2..^2]
            : "";
        return inner.Length > 0 && !inner.Contains("{{", StringComparison.Ordinal) ? $"{{{{{inner}}}}}" : null;
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c < ' ')
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
