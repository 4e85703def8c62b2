using System.Globalization;
using System.Text;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>The operators of {field, operator, value} rules, and how they are said in CEL.</summary>
public static class ComparisonOperators
{
    private static readonly Dictionary<string, string> Templates = new(StringComparer.OrdinalIgnoreCase)
    {
        ["equals"] = "{0} == {1}", ["eq"] = "{0} == {1}", ["=="] = "{0} == {1}", ["="] = "{0} == {1}",
        ["notEquals"] = "{0} != {1}", ["not_equals"] = "{0} != {1}", ["ne"] = "{0} != {1}", ["!="] = "{0} != {1}",
        ["greaterThan"] = "{0} > {1}", ["greater_than"] = "{0} > {1}", ["gt"] = "{0} > {1}", [">"] = "{0} > {1}",
        ["greaterOrEqual"] = "{0} >= {1}", ["greater_or_equal"] = "{0} >= {1}", ["gte"] = "{0} >= {1}", [">="] = "{0} >= {1}",
        ["lessThan"] = "{0} < {1}", ["less_than"] = "{0} < {1}", ["lt"] = "{0} < {1}", ["<"] = "{0} < {1}",
        ["lessOrEqual"] = "{0} <= {1}", ["less_or_equal"] = "{0} <= {1}", ["lte"] = "{0} <= {1}", ["<="] = "{0} <= {1}",
        ["contains"] = "(type({0}) == string ? {0}.contains({1}) : {1} in {0})",
        ["notContains"] = "!(type({0}) == string ? {0}.contains({1}) : {1} in {0})",
        ["not_contains"] = "!(type({0}) == string ? {0}.contains({1}) : {1} in {0})",
        ["startsWith"] = "{0}.startsWith({1})", ["starts_with"] = "{0}.startsWith({1})",
        ["endsWith"] = "{0}.endsWith({1})", ["ends_with"] = "{0}.endsWith({1})",
        ["matches"] = "{0}.matches({1})", ["regex"] = "{0}.matches({1})",
        ["in"] = "{0} in {1}", ["notIn"] = "!({0} in {1})", ["not_in"] = "!({0} in {1})",
        ["isEmpty"] = "(!{2} || {0} == null || {0} == '' || {0} == [] || {0} == {})", ["is_empty"] = "(!{2} || {0} == null || {0} == '' || {0} == [] || {0} == {})",
        ["isNotEmpty"] = "!(!{2} || {0} == null || {0} == '' || {0} == [] || {0} == {})", ["is_not_empty"] = "!(!{2} || {0} == null || {0} == '' || {0} == [] || {0} == {})",
        ["exists"] = "({2} && {0} != null)", ["notExists"] = "!({2} && {0} != null)", ["not_exists"] = "!({2} && {0} != null)",
    };

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
        if (template.Contains("{2}", StringComparison.Ordinal))
            template = template.Replace("{2}", Presence(field), StringComparison.Ordinal);
        return template.Replace("{0}", $"({field})", StringComparison.Ordinal).Replace("{1}", Literal(operand), StringComparison.Ordinal);
    }

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
