using Millrace.Core.Patterns;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>A rule about one value alone: a sentence where it fails.</summary>
internal sealed class ValueRule(string keyword, Func<Value, string?> check) : SchemaRule(keyword)
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (check(value) is { } message)
            run.Report(Keyword, at, message);
    }
}

/// <summary>`pattern`: some part of a text must match.</summary>
internal sealed class PatternRule(Pattern pattern) : SchemaRule("pattern")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (!value.TryGetString(out var text))
            return;
        var matches = pattern.IsMatch(text, run.Left, out var cost);
        if (run.Spend(cost) && !matches)
            run.Report(Keyword, at, $"This must match the pattern {pattern.Source}.");
    }
}

/// <summary>`required`: reported at the missing property, so that it is found where it belongs.</summary>
internal sealed class RequiredRule(string[] names) : SchemaRule("required")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (!value.TryGetMap(out var map))
            return;
        foreach (var name in names)
        {
            if (!map.TryGet(name, out _))
                run.Report(Keyword, new InstancePath(at, name), $"'{name}' is required.");
        }
    }
}

/// <summary>`properties` and `additionalProperties`.</summary>
internal sealed class PropertiesRule(
    IReadOnlyDictionary<string, SchemaNode> properties, SchemaNode? additional, bool forbidsAdditional) : SchemaRule("additionalProperties")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (!value.TryGetMap(out var map))
            return;
        foreach (var entry in map.Entries)
        {
            var key = entry.Key.AsString();
            if (properties.TryGetValue(key, out var property))
                run.Check(property, entry.Value, new InstancePath(at, key));
            else if (additional is not null)
                run.Check(additional, entry.Value, new InstancePath(at, key));
            else if (forbidsAdditional && !run.Templates)
                run.Report(Keyword, new InstancePath(at, key), $"'{key}' is not allowed here.");
        }
    }
}

/// <summary>`prefixItems` and `items`.</summary>
internal sealed class ItemsRule(SchemaNode[] prefix, SchemaNode? rest) : SchemaRule("items")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (!value.TryGetList(out var list))
            return;
        for (var i = 0; i < list.Count; i++)
        {
            var node = i < prefix.Length ? prefix[i] : rest;
            if (node is not null)
                run.Check(node, list[i], new InstancePath(at, i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }
}

/// <summary>`uniqueItems`.</summary>
internal sealed class UniqueItemsRule() : SchemaRule("uniqueItems")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (!value.TryGetList(out var list) || !run.Spend(DeepValueComparer.Size(value)))
            return;
        var seen = new HashSet<Value>(DeepValueComparer.Instance);
        for (var i = 0; i < list.Count; i++)
        {
            if (!seen.Add(list[i]) && !(run.Templates && Schema.IsTemplate(list[i])))
                run.Report(
                    Keyword,
                    new InstancePath(at, i.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    "The item repeats an earlier one; items must differ.");
        }
    }
}

/// <summary>`allOf`, `$ref` and whatever else must simply hold too.</summary>
internal sealed class AllRule(string keyword, SchemaNode[] all) : SchemaRule(keyword)
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        foreach (var node in all)
            run.Check(node, value, at);
    }
}

/// <summary>`anyOf`, and `oneOf` where the value has no templates that could make another one match.</summary>
internal sealed class AlternativesRule(string keyword, SchemaNode[] alternatives, bool exactlyOne) : SchemaRule(keyword)
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        var matches = 0;
        List<SchemaProblem>? nearest = null;
        foreach (var alternative in alternatives)
        {
            var found = run.Try(alternative, value, at);
            if (found.Count == 0)
                matches++;
            else if (nearest is null || Depth(found) > Depth(nearest))
                nearest = found;
            if (matches > 0 && (!exactlyOne || run.Templates))
                return;
        }
        if (matches == 1 || run.Exhausted)
            return;
        run.Report(Keyword, at, matches > 1
            ? $"The value matches {matches} of the alternatives, but must match exactly one."
            : $"The value matches none of the {alternatives.Length} alternatives; the nearest one: {nearest?[0].Message}");
    }

    // The alternative that fails deepest inside the value is the one that was most likely meant.
    private static int Depth(List<SchemaProblem> problems) => problems.Min(problem => problem.Pointer.Count(c => c == '/'));
}

/// <summary>`not`.</summary>
internal sealed class NotRule(SchemaNode negated) : SchemaRule("not")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (!run.Templates && run.Try(negated, value, at).Count == 0 && !run.Exhausted)
            run.Report(Keyword, at, "The value matches a schema that it must not match.");
    }
}

/// <summary>`if`, `then` and `else`.</summary>
internal sealed class ConditionRule(SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) : SchemaRule("if")
{
    public override void Check(SchemaRun run, Value value, InstancePath at)
    {
        if (run.Templates)
            return;
        var chosen = run.Try(condition, value, at).Count == 0 ? then : otherwise;
        if (chosen is not null)
            run.Check(chosen, value, at);
    }
}
