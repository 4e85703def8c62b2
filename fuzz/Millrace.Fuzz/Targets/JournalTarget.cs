using System.Buffers;
using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Fuzz.Generation;

namespace Millrace.Fuzz.Targets;

/// <summary>Rows of the journal: read as events of one fixed workflow, or refused as damaged.</summary>
internal sealed class JournalTarget : Target
{
    private static readonly string[] Keys =
    [
        "seq", "type", "time", "nodeId", "iteration", "data", "input", "inputs", "variables", "trigger", "startNode", "until", "result", "error", "reason", "changes", "level", "message", "attempt", "output", "port", "meta",
        "skippedEdges", "duration", "handling", "dueAt", "kind", "policy", "retryable", "retryAfter", "details", "nodeType",
        "step", "name", "usage", "money", "tokensIn", "tokensOut",
    ];

    private static readonly Value[] Scalars =
    [
        "workflow_started", "workflow_waiting", "workflow_completed", "workflow_failed", "workflow_cancelled", "variables_changed", "log", "node_started", "node_completed", "node_failed", "node_retrying", "node_skipped",
        "node_waiting", "node_in_doubt", "step_completed", "a", "b", "a->b", "start->a", "fail", "continue", "retry", "ask", "notReached", "condition", "disabled", "7", "99999999999999999999", "-1", "fail,continue", "", "0.1.2", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00", "24:00", Value.Null, true, 0, -1, 1.5, 1e300, long.MaxValue, long.MinValue, 4294967297, MapValue.Empty, ListValue.Empty,
    ];

    private static readonly CompiledGraph Graph = Compile();

    private readonly TreeMutation _trees = new(Keys, Scalars);
    private readonly ByteMutation _bytes = new([.. Vocabulary.JsonTokens, .. Scalars.Select(scalar => scalar.ToJson())]);

    public override string Name => "journal";

    public override IReadOnlyList<byte[]> Seeds { get; } = SeedCorpus.ReadWithFinds("journal");

    public override byte[] Generate(Random random, Func<byte[]> known)
    {
        var input = known();
        return random.Next(4) != 0 && Parse(input) is { } tree
            ? _trees.Mutate(tree, random, () => Parse(known()) ?? Value.Null).ToUtf8()
            : _bytes.Mutate(input, random, known);
    }

    public override string Run(byte[] input)
    {
        IReadOnlyList<ExecutionEvent> events;
        try
        {
            events = [.. EventReader.ReadAll(input, Graph, StoredValues.Inline)];
        }
        catch (InvalidDataException e)
        {
            return string.Join(' ', e.Message.Split(' ').Where(word => word.All(char.IsAsciiLetter)));
        }
        var written = Write(events);
        var again = EventReader.ReadAll(written, Graph, StoredValues.Inline).ToList();
        Require(again.Count == events.Count, "events get lost on the way through the journal");
        Require(written.AsSpan().SequenceEqual(Write(again)), "events change on the way through the journal");
        return string.Join(' ', events.Select(EventJson.TypeOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    private static byte[] Write(IReadOnlyList<ExecutionEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, ValueJson.WriterOptions))
            EventJson.WriteAll(writer, events, Graph, StoredValues.Inline);
        return buffer.WrittenSpan.ToArray();
    }

    private static Value? Parse(byte[] input)
    {
        try
        {
            return ValueJson.Parse(input);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static CompiledGraph Compile()
    {
        var document = """{"name": "x", "nodes": [{"id": "start", "type": "start"}, {"id": "a", "type": "delay", "config": {"duration": 10}}, {"id": "b", "type": "noop"}], "edges": [{"source": "start", "target": "a"}, {"source": "a", "target": "b"}]}"""u8;
        var problems = new List<Problem>();
        return GraphCompiler.Compile(
            DefinitionReader.Read(document, DocumentFormat.Json, DefinitionTarget.Types).Definition!, DefinitionTarget.Types, problems)
            ?? throw new InvalidOperationException($"The workflow of the journal does not compile: {string.Join("; ", problems)}");
    }
}
