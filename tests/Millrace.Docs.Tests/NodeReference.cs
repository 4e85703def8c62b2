using System.Text;
using System.Text.Json;

namespace Millrace.Docs.Tests;

/// <summary>Writes the reference of node types from what the server says of them.</summary>
internal static class NodeReference
{
    /// <summary>The page of one type.</summary>
    public static string PageOf(JsonElement type, NodeExample example)
    {
        var name = Text(type, "type");
        var page = new StringBuilder()
            .Append("# ").Append(Text(type, "title")).Append("\n\n`").Append(name).Append('`');
        var aliases = Names(type, "aliases");
        if (aliases.Length > 0)
            page.Append(", also ").AppendJoin(", ", aliases.Select(alias => $"`{alias}`"));
        page.Append(" · ").Append(KindOf(type)).Append("\n\n").Append(Text(type, "description")).Append('\n');
        if (type.TryGetProperty("repetition", out var repetition))
            page
                .Append("\nA crash can make it run twice: ")
                .Append(MeaningOf(repetition.GetString()!))
                .Append(" [Crash drill](../guide/crash-drill.md)\n");
        WritePorts(page, type);
        WriteConfig(page, type);
        WriteExample(page, example);
        return page.Append("\n[All node types](index.md)\n").ToString();
    }

    /// <summary>The page that lists all of them.</summary>
    public static string IndexOf(IReadOnlyList<JsonElement> types)
    {
        var page = new StringBuilder("""
            # Node types

            A node has a `type`, and a `config` for that type. Names of types and of config fields may be written with capitals, `_` or `-`:
            `addField`, `add_field`. `GET /api/v1/nodes` lists all types, with the JSON schemas of their configs.

            *Pure* nodes are functions of their input and run at once. *Effects* have side effects and start only when everything before them is
            on disk. *Waits* use no memory while they last. [Concepts](../guide/concepts.md) has more, and explains the fields that every node has
            beside its config: `conditions`, `retry`, `timeout`, `onError`, `cache`, `outputSchema`, `inDoubt`, `disabled`.

            """.ReplaceLineEndings("\n"));
        foreach (var category in types
            .GroupBy(type => Text(type, "category"))
            .OrderBy(group => Array.IndexOf(["Flow", "Data"], group.Key) is >= 0 and var place ? place : 9)
            .ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            page.Append("\n## ").Append(category.Key).Append("\n\n| type | | |\n|---|---|---|\n");
            foreach (var type in category)
                page.Append(
                    $"| [`{Text(type, "type")}`]({Text(type, "type")}.md) | {Text(type, "kind")} | {Cell(Text(type, "description"))} |\n");
        }
        return page.ToString();
    }

    private static void WritePorts(StringBuilder page, JsonElement type)
    {
        var ports = Names(type, "ports");
        var isConfigured = type.GetProperty("hasConfiguredPorts").GetBoolean();
        if (ports.Length == 0 && !isConfigured)
            return;
        page
            .Append("\n**Ports**: ")
            .AppendJoin(", ", ports.Select(port => $"`{port}`").Concat(isConfigured ? ["those in its config"] : []))
            .Append(", and `error`.\n");
    }

    private static void WriteConfig(StringBuilder page, JsonElement type)
    {
        var rows = new List<string>();
        Collect(type.GetProperty("configSchema"), "", "", type, rows);
        page.Append("\n## Config\n\n");
        if (rows.Count == 0)
            page.Append("This type has no config.\n");
        else
            page.Append("| field | type | |\n|---|---|---|\n").AppendJoin('\n', rows).Append('\n');
    }

    private static void Collect(JsonElement schema, string path, string pointer, JsonElement type, List<string> rows)
    {
        if (!schema.TryGetProperty("properties", out var properties))
            return;
        var required = schema.TryGetProperty("required", out var list)
            ? list.EnumerateArray().Select(name => name.GetString()).ToHashSet()
            : [];
        foreach (var property in properties.EnumerateObject())
        {
            var (name, at) = (path + property.Name, $"{pointer}/{property.Name}");
            rows.Add($"| `{name}` | {TypeOf(property.Value)} | {Describe(property.Value, required.Contains(property.Name), at, type)} |");
            Collect(property.Value, name + ".", at, type, rows);
            if (property.Value.TryGetProperty("items", out var items))
                Collect(items, name + "[].", at + "/*", type, rows);
            if (property.Value.TryGetProperty("additionalProperties", out var values) && values.ValueKind == JsonValueKind.Object)
                Collect(values, name + ".*.", at + "/*", type, rows);
        }
    }

    private static string Describe(JsonElement schema, bool isRequired, string pointer, JsonElement type)
    {
        var text = new StringBuilder(isRequired ? "Required. " : "").Append(
            schema.TryGetProperty("description", out var description) ? description.GetString() : "");
        if (schema.TryGetProperty("default", out var standard) && standard.GetRawText() is not ("[]" or "{}" or "\"\"" or "false"))
            text.Append($" Default: `{standard.GetRawText()}`.");
        if (Names(type, "secretFields").Contains(pointer))
            text.Append(" May refer to `secrets`.");
        if (Names(type, "verbatimFields").Contains(pointer))
            text.Append(" Taken as it is, without templates.");
        return Cell(text.ToString());
    }

    private static string TypeOf(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var choices))
            return string.Join(
                ", ",
                choices
                    .EnumerateArray()
                    .Where(choice => choice.ValueKind == JsonValueKind.String)
                    .Select(choice => $"`{choice.GetString()}`"));
        if (schema.TryGetProperty("format", out var format) && format.GetString() is "cel" or "duration")
            return format.GetString() == "cel" ? "expression" : "duration";
        if (!schema.TryGetProperty("type", out var type))
            return "any";
        var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!) : [type.GetString()!];
        return string.Join(
            " or ",
            names.Where(name => name != "null").Select(
                name =>
                    name switch { "array" => "list", "string" => "text", "integer" => "whole number", "boolean" => "true or false", _ => name }));
    }

    private static void WriteExample(StringBuilder page, NodeExample example) => page
        .Append("\n## Example\n\n")
        .Append(example.About)
        .Append("\n\n```yaml\n")
        .Append(example.Workflow)
        .Append("```\n\nStart it with\n\n```json\n")
        .Append(Documents.ToJson(example.Start)).Append("\n```\n\n")
        .Append(
            example.Error is { } error ? $"It fails: {error}\n" : $"The result is\n\n```json\n{Documents.ToJson(example.Result)}\n```\n");

    private static string KindOf(JsonElement type) =>
        Text(type, "kind") switch { "effect" => "effect", "wait" => "wait", "comment" => "never runs", var kind => kind };

    private static string MeaningOf(string repetition) => repetition switch
    {
        "harmless" => "the result is the same.",
        "costly" => "nothing changes, but it is paid for twice.",
        "keyed" => "both runs have the same idempotency key.",
        "unsafe" => "the second run cannot be told from the first.",
        _ => throw new InvalidOperationException($"The reference does not know the repetition '{repetition}'."),
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ').Trim();

    private static string Text(JsonElement type, string name) => type.GetProperty(name).GetString()!;

    private static string[] Names(JsonElement type, string name) =>
        [.. type.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
}

/// <summary>An example of a node type: a workflow, what to start it with, and what comes of it.</summary>
internal sealed record NodeExample(string About, string Workflow, string Start, string Result)
{
    private const string ErrorPrefix = "error: ";

    /// <summary>The error that the workflow fails with; null: it does not.</summary>
    public string? Error => Result.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? Result[ErrorPrefix.Length..].Trim() : null;

    /// <summary>Reads the example of a type: "# sentence", then three YAML documents.</summary>
    public static NodeExample Read(string type)
    {
        var parts = Repository.Read($"tests/Millrace.Docs.Tests/NodeExamples/{type}.yaml").Split("---\n");
        Assert.Equal(3, parts.Length);
        var end = parts[0].IndexOf('\n', StringComparison.Ordinal);
        return new NodeExample(parts[0][..end].TrimStart('#', ' '), parts[0][(end + 1)..], parts[1], parts[2]);
    }
}
