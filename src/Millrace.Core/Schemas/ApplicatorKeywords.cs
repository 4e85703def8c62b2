using System.Globalization;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>The keywords that hold schemas of their own.</summary>
internal static class ApplicatorKeywords
{
    public static bool TryAdd(Keyword keyword)
    {
        switch (keyword.Name)
        {
            case "properties": AddProperties(keyword); break;
            case "additionalProperties": AddAdditionalProperties(keyword); break;
            case "items": AddItems(keyword); break;
            case "prefixItems": AddPrefixItems(keyword); break;
            case "allOf": AddList(keyword, nodes => new AllRule("allOf", nodes)); break;
            case "anyOf": AddList(keyword, nodes => new AlternativesRule("anyOf", nodes, exactlyOne: false)); break;
            case "oneOf": AddList(keyword, nodes => new AlternativesRule("oneOf", nodes, exactlyOne: true)); break;
            case "not": keyword.Node.Rules.Add(new NotRule(keyword.Compiler.CompileAt(keyword.Value, keyword.Pointer))); break;
            case "if": AddCondition(keyword); break;
            case "then" or "else": AddBranch(keyword); break;
            case "$ref": AddReference(keyword); break;
            default: return false;
        }
        return true;
    }

    private static void AddProperties(Keyword keyword)
    {
        if (!keyword.Value.TryGetMap(out var map))
        {
            keyword.Refuse("'properties' must be an object of schemas.");
            return;
        }
        var properties = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
            properties[entry.Key.AsString()] = keyword.Compiler.CompileAt(entry.Value, Keyword.Join(keyword.Pointer, entry.Key.AsString()));
        var forbids = keyword.Schema.TryGet("additionalProperties", out var additional);
        keyword.Node.Rules.Add(
            new PropertiesRule(properties, forbids ? Additional(keyword, additional) : null, forbids && IsFalse(additional)));
    }

    // Beside `properties` it is part of that rule; alone it speaks of every property.
    private static void AddAdditionalProperties(Keyword keyword)
    {
        if (!keyword.Schema.TryGet("properties", out _))
            keyword.Node.Rules.Add(
                new PropertiesRule(
                    new Dictionary<string, SchemaNode>(StringComparer.Ordinal),
                    Additional(keyword, keyword.Value),
                    IsFalse(keyword.Value)));
    }

    private static SchemaNode? Additional(Keyword keyword, Value additional) =>
        additional.Kind == ValueKind.Bool ? null : keyword.Compiler.CompileAt(additional, keyword.Parent + "/additionalProperties");

    private static bool IsFalse(Value value) => value.TryGetBool(out var flag) && !flag;

    private static void AddItems(Keyword keyword)
    {
        if (!keyword.Schema.TryGet("prefixItems", out _))
            keyword.Node.Rules.Add(new ItemsRule([], keyword.Compiler.CompileAt(keyword.Value, keyword.Pointer)));
    }

    private static void AddPrefixItems(Keyword keyword)
    {
        var rest = keyword.Schema.TryGet("items", out var items) ? keyword.Compiler.CompileAt(items, keyword.Parent + "/items") : null;
        AddList(keyword, nodes => new ItemsRule(nodes, rest));
    }

    private static void AddList(Keyword keyword, Func<SchemaNode[], SchemaRule> rule)
    {
        if (!keyword.Value.TryGetList(out var list) || list.Count == 0)
        {
            keyword.Refuse($"'{keyword.Name}' must be a non-empty list of schemas.");
            return;
        }
        var nodes = new SchemaNode[list.Count];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = keyword.Compiler.CompileAt(list[i], $"{keyword.Pointer}/{i.ToString(CultureInfo.InvariantCulture)}");
        keyword.Node.Rules.Add(rule(nodes));
    }

    private static void AddCondition(Keyword keyword)
    {
        var condition = keyword.Compiler.CompileAt(keyword.Value, keyword.Pointer);
        keyword.Node.Rules.Add(new ConditionRule(condition, Branch("then"), Branch("else")));

        SchemaNode? Branch(string name) =>
            keyword.Schema.TryGet(name, out var schema) ? keyword.Compiler.CompileAt(schema, $"{keyword.Parent}/{name}") : null;
    }

    private static void AddBranch(Keyword keyword)
    {
        if (!keyword.Schema.TryGet("if", out _))
            keyword.Refuse($"'{keyword.Name}' has no effect without 'if'.");
    }

    private static void AddReference(Keyword keyword)
    {
        if (keyword.Value.TryGetString(out var reference) && keyword.Compiler.Resolve(reference) is { } target)
            keyword.Node.Rules.Add(new AllRule("$ref", [target]));
        else
            keyword.Refuse("'$ref' must lead to a schema in the same document, such as \"#/$defs/address\".");
    }
}
