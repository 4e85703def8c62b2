using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Testing.Workflows;

/// <summary>
/// What a test says in C#, as a value of workflows: a text, a number, a list, an anonymous object, or anything else that System.Text.Json
/// writes.
/// </summary>
internal static class Plain
{
    public static Value ToValue(object? given) => given switch
    {
        null => Value.Null,
        Value value => value,
        HeapValue heap => heap,
        string text => text,
        bool flag => flag,
        int number => (long)number,
        long number => number,
        double number => number,
        _ => Serialized(given),
    };

    private static Value Serialized(object given)
    {
        try
        {
            return ValueJson.Parse(JsonSerializer.SerializeToUtf8Bytes(given, given.GetType(), ConfigBinder.Options));
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new WorkflowTestException($"A {given.GetType().Name} of this test is not JSON: {e.Message}", e);
        }
    }
}
