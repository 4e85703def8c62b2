namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Every construct by its name: alone, and around another one.</summary>
internal static class Constructs
{
    /// <summary>What can stand anywhere.</summary>
    public static IReadOnlyDictionary<string, Fragment> Inner { get; } = new Dictionary<string, Fragment>
    {
        ["effect"] = Fragment.Of(Noop("i")),
        ["effect that fails"] = Fragment.Of(Noop("i") with { FailPercent = 100 }),
        ["retry"] = Fragment.Of(Noop("i") with { FailPercent = 50, Attempts = 3, RetriesEverything = true }),
        ["effect in doubt that somebody settles"] = Fragment.Of(Noop("i") with { InDoubt = "ask" }),
        ["effect in doubt that fails"] = Fragment.Of(Noop("i") with { InDoubt = "fail" }),
        ["subworkflow"] = Fragment.Of(new PlanNode("i", "subworkflow")),
        ["subworkflow that fails"] = Fragment.Of(new PlanNode("i", "subworkflow") { FailPercent = 100 }),
        ["transform"] = Fragment.Of(new PlanNode("i", "transform") { Expression = "{'was': data}" }),
        ["transform that fails"] = Fragment.Of(new PlanNode("i", "transform") { Expression = "1 / 0" }),
        ["log"] = Fragment.Of(new PlanNode("i", "log")),
        ["if"] = Around("if, true", Fragment.Of(Noop("i")), "x"),
        ["if, other way"] = Around("if, false", Fragment.Of(Noop("i")), "x"),
        ["switch"] = Around("switch", Fragment.Of(Noop("i")), "x"),
        ["edge with a condition"] = Around("edge with a condition", Fragment.Of(Noop("i")), "x"),
        ["gate"] = Around("gate", Fragment.Of(Noop("i")), "x"),
        ["disabled node"] = Fragment.Of(Noop("i") with { Disabled = true }),
        ["join of all"] = Around("join of all", Fragment.Of(Noop("i")), "x"),
        ["join of any"] = Around("join of any", Fragment.Of(Noop("i")), "x"),
        ["join of any that cancels"] = Around("join of any that cancels", Fragment.Of(Noop("i")), "x"),
        ["join of two"] = Around("join of two", Fragment.Of(Noop("i")), "x"),
        ["loop"] = Around("loop", Fragment.Of(Noop("i")), "x"),
        ["loop without end"] = Around("loop without end", Fragment.Of(Noop("i")), "x"),
        ["while"] = Around("while", Fragment.Of(Noop("i")), "x"),
        ["while without end"] = Fragment.Of(new PlanNode("i", "while") { Expression = "true", MaxIterations = 2, Body = Fragment.Of(Noop("b")).ToBody() }),
        ["forEach"] = Around("forEach", Fragment.Of(Noop("i")), "x"),
        ["forEach, several at once"] = Around("forEach, several at once", Fragment.Of(Noop("i")), "x"),
        ["forEach that collects"] = Around("forEach that collects", Fragment.Of(Noop("i") with { FailPercent = 50 }), "x"),
        ["forEach that fails"] = Around("forEach, several at once", Fragment.Of(Noop("i") with { FailPercent = 50 }), "x"),
        ["error port"] = Around("error port", Fragment.Of(Noop("i")), "x"),
        ["continue"] = Around("continue", Fragment.Of(Noop("i")), "x"),
        ["goto"] = Around("goto", Fragment.Of(Noop("i")), "x"),
        ["compensate"] = Around("compensate", Fragment.Of(Noop("i") with { HasCompensation = true }), "x"),
        ["delay"] = Fragment.Of(new PlanNode("i", "delay") { Seconds = 2 }),
        ["signal"] = Fragment.Of(new PlanNode("i", "waitForEvent")),
        ["signal with a filter"] = Fragment.Of(new PlanNode("i", "waitForEvent") { Filter = "type(data) == map" }),
        ["wait in vain"] = Fragment.Of(new PlanNode("i", "waitForEvent") { SignalComes = false, Seconds = 2 }),
        ["approval"] = Fragment.Of(new PlanNode("i", "approval") { Decision = "approved" }),
        ["rejection"] = Around("rejection", Fragment.Of(Noop("i")), "x"),
        ["form"] = Fragment.Of(new PlanNode("i", "manualInput")),
        ["callback"] = Fragment.Of(new PlanNode("i", "callback")),
        ["timeout port"] = Around("timeout port", Fragment.Of(Noop("i")), "x"),
        ["variable"] = Fragment.Of(new PlanNode("i", "setVariable") { Variable = "count", Expression = "variables.count + 1" }),
        ["list that is appended to"] = Fragment.Of(new PlanNode("i", "setVariable") { Variable = "list", Appends = true, Expression = "['x']" }),
        ["output"] = Fragment.Of(new PlanNode("i", "output") { Expression = "[data]" }),
        ["fail"] = Fragment.Of(new PlanNode("i", "fail")),
        ["stop"] = Fragment.Of(new PlanNode("i", "stop")),
    };

    /// <summary>What can have something inside it, or on one of its ways.</summary>
    public static IReadOnlyList<string> Outer { get; } =
    [
        "sequence", "if, true", "if, false", "switch", "edge with a condition", "gate", "join of all", "join of any", "join of any that cancels", "join of two",
        "loop", "loop without end", "while", "forEach", "forEach, several at once", "forEach that collects", "error port", "continue", "goto", "compensate", "rejection", "timeout port",
    ];

    /// <summary>A construct around a part.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="inner">The part.</param>
    /// <param name="id">What its own nodes' ids begin with.</param>
    public static Fragment Around(string name, Fragment inner, string id)
    {
        var (first, other, last) = ($"{id}First", $"{id}Other", $"{id}Last");
        return name switch
        {
            "sequence" => Chain(Noop(first)),
            "if, true" => Branch(new PlanNode(first, "if") { Expression = "true" }, "true", "false"),
            "if, false" => Branch(new PlanNode(first, "if") { Expression = "false" }, "true", "false"),
            "switch" => Branch(new PlanNode(first, "switch") { Cases = [new("false", "never"), new("true", "this")] }, "this", "default"),
            "edge with a condition" => Branch(Noop(first), null, null, when: "data != null"),
            "gate" => Chain(Noop(first) with { Gates = ["false"] }),
            "join of all" => Branch(Noop(first), null, null, last: new PlanNode(last, "join")),
            "join of any" => Branch(Noop(first), null, null, last: new PlanNode(last, "join") { Required = 1 }),
            "join of any that cancels" => Branch(Noop(first), null, null, last: new PlanNode(last, "join") { Required = 1, CancelsOthers = true }),
            "join of two" => Branch(Noop(first), null, null, last: new PlanNode(last, "join") { Required = 2 }),
            "loop" => Loop(turns: 2, most: 5),
            "loop without end" => Loop(turns: 9, most: 2),
            "while" => Body(new PlanNode(first, "while") { Expression = "index < 2" }),
            "forEach" => Body(new PlanNode(first, "forEach") { Expression = "[1, 2]" }),
            "forEach, several at once" => Body(new PlanNode(first, "forEach") { Expression = "[1, 2, 3]", Concurrency = 2 }),
            "forEach that collects" => Body(new PlanNode(first, "forEach") { Expression = "[1, 2, 3]", Concurrency = 3, Collects = true }),
            "error port" => Branch(Noop(first) with { FailPercent = 100 }, PlanEdge.Error, null),
            "continue" => Chain(Noop(first) with { FailPercent = 100, OnError = "continue" }),
            "goto" => Branch(Noop(first) with { FailPercent = 100, OnError = $"goto:{inner.Entry}" }, "goto", null),
            "compensate" => Chain(Noop(first) with { HasCompensation = true }, Noop(last) with { FailPercent = 100, OnError = "compensate" }),
            "rejection" => Branch(new PlanNode(first, "approval") { Decision = "rejected" }, "rejected", "approved"),
            "timeout port" => Branch(new PlanNode(first, "waitForEvent") { SignalComes = false, Seconds = 1 }, PlanEdge.Timeout, null),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such construct."),
        };

        Fragment Chain(PlanNode begin, PlanNode? end = null) =>
            inner.Within(first, last, [begin, end ?? Noop(last)], [new PlanEdge(first, inner.Entry), new PlanEdge(inner.Exit, last)]);

        Fragment Branch(PlanNode fork, string? port, string? otherPort, string? when = null, PlanNode? last = null)
        {
            var end = last ?? Noop($"{id}Last");
            PlanEdge[] entry = port == "goto" ? [] : [new PlanEdge(first, inner.Entry, port, when)];
            return inner.Within(first, end.Id, [fork, Noop(other), end], [.. entry, new PlanEdge(first, other, otherPort), new PlanEdge(inner.Exit, end.Id), new PlanEdge(other, end.Id)]);
        }

        // What counts the turns goes round with the data, so that it may be nested in anything.
        Fragment Loop(int turns, int most) => inner.Within(first, last,
            [
                new PlanNode(first, "transform") { Expression = $"{{'{id}': type(data) == map && '{id}' in data ? data.{id} + 1 : 1}}" },
                new PlanNode(other, "transform") { Expression = $"{first}.output" },
                Noop(last),
            ],
            [
                new PlanEdge(first, inner.Entry), new PlanEdge(inner.Exit, other),
                new PlanEdge(other, first, When: $"data.{id} < {turns}", MaxIterations: most), new PlanEdge(other, last, When: $"data.{id} >= {turns}"),
            ]);

        Fragment Body(PlanNode container) => Fragment.Of(container with { Body = inner.ToBody() });
    }

    private static PlanNode Noop(string id) => new(id, "noop");
}
