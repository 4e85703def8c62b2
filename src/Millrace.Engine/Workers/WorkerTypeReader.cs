using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Engine.Workers;

/// <summary>Reads what a worker registers, and says of each part that is wrong where and why.</summary>
/// <param name="fields">The type, as JSON.</param>
/// <param name="pointer">The JSON pointer to it.</param>
/// <param name="problems">Receives the problems found.</param>
public sealed class WorkerTypeReader(MapValue fields, string pointer, ICollection<Problem> problems)
{
    /// <summary>The most ports of a type.</summary>
    public const int MaxPorts = 50;

    /// <summary>The most tasks of a type that may be limited to run at once.</summary>
    public const int MaxConcurrency = 10_000;

    /// <summary>Bytes of a schema.</summary>
    public const int LargestSchema = 64 * 1024;

    private const int MaxNameLength = 64;
    private const int MaxTitleLength = 200;
    private const int MaxSummaryLength = 2_000;

    private static readonly string[] Known = ["type", "title", "summary", "configSchema", "ports", "formerPorts", "timeout", "concurrency"];

    private int _found;

    /// <summary>The type; null where something is wrong with it.</summary>
    public WorkerType? Read()
    {
        foreach (var entry in fields.Entries)
        {
            var name = entry.Key.AsString();
            if (!Array.Exists(Known, known => IsNamed(name, known)))
                Wrong("/" + name, "unknown_field", $"A node type has no field '{name}'{Hint(name)} It has {string.Join(", ", Known.Where(known => known is not "formerPorts"))}.");
        }
        var type = new WorkerType
        {
            Type = Name(),
            Title = Text("title", MaxTitleLength),
            Summary = Text("summary", MaxSummaryLength),
            ConfigSchema = ConfigSchema(),
            Ports = Ports("ports"),
            FormerPorts = Ports("formerPorts"),
            Timeout = Timeout(),
            Concurrency = Concurrency(),
        };
        return _found == 0 ? type : null;
    }

    private string Name()
    {
        if (!Field("type").TryGetString(out var name) || name.Length is 0 or > MaxNameLength || !char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            Wrong("/type", "invalid_value", $"'type' must be a name of 1 to {MaxNameLength} letters, digits, '_', '-' or '.', and begin with a letter.");
        return name ?? "";
    }

    private string? Text(string name, int longest)
    {
        var value = Field(name);
        if (value.IsNull)
            return null;
        if (value.TryGetString(out var text) && text.Length <= longest)
            return text;
        Wrong("/" + name, "wrong_type", $"'{name}' must be a string of at most {longest} characters.");
        return null;
    }

    private Value ConfigSchema()
    {
        var schema = Field("configSchema");
        if (schema.IsNull)
            return schema;
        if (!schema.TryGetMap(out _))
            Wrong("/configSchema", "wrong_type", "'configSchema' must be a JSON schema: an object.");
        else if (schema.ToUtf8().Length > LargestSchema)
            Wrong("/configSchema", "out_of_range", $"'configSchema' is larger than {LargestSchema / 1024} KB.");
        else if (!schema["type"].IsNull && !schema["type"].Equals("object"))
            Wrong("/configSchema/type", "invalid_schema", "The config of a node is an object, so its schema must have that type.");
        else if (Schema.Compile(schema, out var found) is null)
        {
            foreach (var problem in found)
                Wrong("/configSchema" + problem.Pointer, "invalid_schema", problem.Message);
        }
        return schema;
    }

    private ImmutableArray<string> Ports(string name)
    {
        var value = Field(name);
        if (value.IsNull)
            return [];
        if (!value.TryGetList(out var list) || list.Count > MaxPorts || !((IEnumerable<Value>)list).All(port => port.TryGetString(out var text) && text.Length is > 0 and <= MaxNameLength))
        {
            Wrong("/" + name, "wrong_type", $"'{name}' must be a list of at most {MaxPorts} names of 1 to {MaxNameLength} characters.");
            return [];
        }
        var ports = ((IEnumerable<Value>)list).Select(port => port.AsString()).ToImmutableArray();
        for (var i = 0; i < ports.Length; i++)
        {
            if (ports[i] is GraphEdge.Error or GraphEdge.Timeout)
                Wrong($"/{name}/{i}", "invalid_value", $"Every node already has the port '{ports[i]}'; a worker reports a failure instead of choosing it.");
            else if (ports.IndexOf(ports[i]) < i)
                Wrong($"/{name}/{i}", "invalid_value", $"The port '{ports[i]}' is named twice.");
        }
        return ports;
    }

    private TimeSpan? Timeout()
    {
        var value = Field("timeout");
        if (value.IsNull)
            return null;
        if (Durations.TryRead(value, out var timeout) && timeout > TimeSpan.Zero)
            return timeout;
        Wrong("/timeout", "wrong_type", $"'timeout' must be {Durations.Expected}, and positive.");
        return null;
    }

    private int? Concurrency()
    {
        var value = Field("concurrency");
        if (value.IsNull)
            return null;
        if (value.TryGetInt(out var number) && number is >= 1 and <= MaxConcurrency)
            return (int)number;
        Wrong("/concurrency", "wrong_type", $"'concurrency' must be a whole number from 1 to {MaxConcurrency}.");
        return null;
    }

    private Value Field(string name)
    {
        foreach (var entry in fields.Entries)
        {
            if (IsNamed(entry.Key.AsString(), name))
                return entry.Value;
        }
        return Value.Null;
    }

    // Requests may be written in snake_case as well.
    private static bool IsNamed(string written, string name) => string.Equals(written.Replace("_", "", StringComparison.Ordinal), name, StringComparison.OrdinalIgnoreCase);

    private static string Hint(string name) => ClosestName.Hint(name, Known) is { Length: > 0 } hint ? hint : ".";

    private void Wrong(string at, string code, string message)
    {
        _found++;
        problems.Add(new Problem(pointer + at, code, message));
    }
}
