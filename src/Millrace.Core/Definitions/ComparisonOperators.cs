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
        ["isEmpty"] = "({0} == null || {0} == '' || {0} == [] || {0} == {})", ["is_empty"] = "({0} == null || {0} == '' || {0} == [] || {0} == {})",
        ["isNotEmpty"] = "!({0} == null || {0} == '' || {0} == [] || {0} == {})", ["is_not_empty"] = "!({0} == null || {0} == '' || {0} == [] || {0} == {})",
        ["exists"] = "{0} != null", ["notExists"] = "{0} == null", ["not_exists"] = "{0} == null",
    };

    /// <summary>The names that are understood.</summary>
    public static IReadOnlyCollection<string> Names => Templates.Keys;

    /// <summary>Whether the operator is known.</summary>
    public static bool Contains(string name) => Templates.ContainsKey(name);

    /// <summary>The rule as a CEL condition over <paramref name="left"/> and <paramref name="right"/>, both CEL already.</summary>
    public static string ToCel(string name, string left, string right) =>
        Templates[name].Replace("{0}", $"({left})", StringComparison.Ordinal).Replace("{1}", right, StringComparison.Ordinal);
}
