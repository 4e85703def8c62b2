using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>A step inside an effect that has ended: as long as its node's run goes on, it never runs again.</summary>
/// <param name="Number">Its place among the steps of the run, in the order in which they began, from 1.</param>
/// <param name="Name">What the node's author calls it.</param>
/// <param name="Output">Its result; null if it failed.</param>
/// <param name="Error">Why it failed for good; null: it did not.</param>
public sealed record StepRecord(int Number, string Name, Value Output, NodeError? Error = null)
{
    /// <summary>How many steps the run of one node may have.</summary>
    public const int MaxSteps = 1_000;

    /// <summary>The longest name, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>The longest output, in bytes of its JSON.</summary>
    public const int MaxOutputBytes = 4 * 1024 * 1024;
}

/// <summary>Steps as the journal and snapshots have them: {step, name, output | error}.</summary>
internal static class StepJson
{
    public static void Write(Utf8JsonWriter writer, StepRecord step, StoredValues values)
    {
        writer.WriteNumber("step", step.Number);
        writer.WriteString("name", step.Name);
        var (field, value) = step.Error is { } error ? ("error", (Value)EventJson.ErrorValue(error)) : ("output", step.Output);
        if (value.IsNull)
            return;
        writer.WritePropertyName(field);
        values.Write(writer, value);
    }

    public static MapValue Write(StepRecord step)
    {
        var json = new MapBuilder().Set("step", (long)step.Number).Set("name", step.Name);
        return (step.Error is { } error ? json.Set("error", EventJson.ErrorValue(error)) : json.SetIfPresent("output", step.Output)).Build();
    }

    public static StepRecord Read(Value json)
    {
        var error = json["error"].IsNull ? null : EventReader.ReadNodeError(json["error"]);
        return new((int)json["step"].AsInt(), json["name"].AsString(), error is null ? json["output"] : Value.Null, error);
    }

    public static ImmutableArray<StepRecord> ReadAll(Value json) =>
        json.TryGetList(out var steps) ? [.. ((IEnumerable<Value>)steps).Select(Read)] : [];
}
