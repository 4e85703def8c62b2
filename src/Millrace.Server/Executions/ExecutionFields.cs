using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Http;

namespace Millrace.Server.Executions;

/// <summary>Which fields of executions a list shows.</summary>
/// <param name="names">Their names; none: all fields.</param>
internal sealed class ExecutionFields(ImmutableArray<string> names)
{
    /// <summary>The query parameter that names them.</summary>
    public const string Parameter = "fields";

    private static readonly ImmutableArray<string> Values = ["variables", "input", "result"];

    private readonly bool[]? _isShown = names.IsEmpty ? null : [.. ExecutionJson.FieldNames.Select(name => names.Contains(name, ParameterNames.Comparer))];

    /// <summary>Whether executions have to be read with their values.</summary>
    public bool HasValues { get; } = names.IsEmpty || names.Any(name => Values.Contains(name, ParameterNames.Comparer));

    /// <summary>Reads `fields`.</summary>
    public static ExecutionFields Read(QueryParameters query)
    {
        var names = query.List(Parameter);
        if (names.FirstOrDefault(name => !ExecutionJson.FieldNames.Contains(name, ParameterNames.Comparer)) is { } unknown)
        {
            var guess = ClosestName.Find(unknown, ExecutionJson.FieldNames);
            query.Wrong(Parameter, guess is null
                ? $"'{unknown}' is not a field of an execution. There are {string.Join(", ", ExecutionJson.FieldNames)}."
                : $"'{unknown}' is not a field of an execution. Did you mean '{guess}'?");
        }
        return new ExecutionFields(names);
    }

    /// <summary>Writes these fields of an execution, as an object.</summary>
    public void Write(Utf8JsonWriter writer, ExecutionSummary execution)
    {
        writer.WriteStartObject();
        ExecutionJson.WriteFields(writer, execution, _isShown);
        writer.WriteEndObject();
    }
}
