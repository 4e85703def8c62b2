namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Draws nodes.</summary>
internal sealed class NodeGenerator(Random random)
{
    private static readonly (string Type, int Weight)[] Types =
    [
        ("noop", 28), ("transform", 9), ("if", 12), ("switch", 5), ("setVariable", 5), ("delay", 5), ("waitForEvent", 7),
        ("forEach", 7), ("while", 4), ("subworkflow", 6), ("output", 2), ("log", 2), ("fail", 1), ("stop", 1),
    ];

    private static readonly string[] HeaderTypes = ["noop", "noop", "noop", "subworkflow", "waitForEvent", "delay", "if"];

    private static readonly string[] Items = ["[1, 2, 3]", "input.items", "[7]", "[]", "[input.n, 1, 2, 3]", "[[1, 2], [3]]"];

    public ExpressionGenerator Expressions { get; } = new(random);

    public PlanNode Next(string id, Place place, int sources)
    {
        var node = Handling(Of(new PlanNode(id, TypeOf(place, sources)), place, sources), place);
        if (!place.IsHeader && random.Next(12) == 0)
            node = node with { Gates = [Expressions.Condition(place, [])] };
        return !place.IsHeader && random.Next(25) == 0 ? node with { Disabled = true } : node;
    }

    private string TypeOf(Place place, int sources)
    {
        if (place.IsHeader)
            return HeaderTypes[random.Next(HeaderTypes.Length)];
        // What a join makes of its data would grow with every turn.
        if (sources > 1 && !place.IsLoop && random.Next(2) == 0)
            return "join";
        var type = "noop";
        var dice = random.Next(Types.Sum(one => one.Weight));
        foreach (var one in Types)
        {
            if ((dice -= one.Weight) >= 0)
                continue;
            type = one.Type;
            break;
        }
        return type is "forEach" or "while" && place.Depth >= 2 ? "noop" : type;
    }

    private PlanNode Of(PlanNode node, Place place, int sources)
    {
        switch (node.Type)
        {
            case "noop" or "subworkflow":
                return node with { Expression = random.Next(3) == 0 ? Expressions.Value(place) : null };
            case "transform":
                return node with { Expression = Expressions.Value(place) };
            case "output":
                return node with { Expression = random.Next(2) == 0 ? Expressions.Value(place) : null };
            case "if":
                return node with { Expression = Expressions.Condition(place, []) };
            case "switch":
                return node with { Cases = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => new PlanCase(Expressions.Condition(place, []), $"case{i}"))] };
            case "setVariable":
                var appends = random.Next(3) == 0;
                var name = (appends ? "list" : "count") + random.Next(2);
                return node with { Variable = name, Appends = appends, Expression = appends ? $"[{Expressions.Value(place)}]" : $"variables.{name} + 1" };
            case "delay":
                return node with { Seconds = random.Next(4) };
            case "waitForEvent":
                return Wait(node);
            case "join":
                var required = random.Next(2) == 0 ? (int?)null : random.Next(1, sources + 1);
                // One that waits for all leaves nobody behind whom it could cancel.
                return node with { Required = required, CancelsOthers = random.Next(3) == 0 && required is not null };
            case "forEach":
                var items = place.HasItem && random.Next(3) == 0 ? "[item, index]" : Items[random.Next(Items.Length)];
                return node with { Expression = random.Next(40) == 0 ? "5" : items, Concurrency = random.Next(1, 4), Collects = random.Next(2) == 0 };
            case "while":
                return node with { Expression = Expressions.WhileCondition(random.Next(1, 4)), MaxIterations = random.Next(2, 6) };
            default:
                return node;
        }
    }

    private PlanNode Wait(PlanNode node)
    {
        // A signal that comes is never late: all that is due in between takes much less than a month.
        var comes = random.Next(3) > 0;
        return node with
        {
            SignalComes = comes,
            Seconds = comes ? (random.Next(2) == 0 ? 0 : 30 * 24 * 3600) : random.Next(1, 5),
            Filter = random.Next(4) == 0 ? $"type(data) == map && data['for'] == '{node.Id}'" : null,
        };
    }

    private PlanNode Handling(PlanNode node, Place place)
    {
        if (node.IsEffect)
        {
            node = node with { FailPercent = random.Next(20) switch { < 11 => 0, < 16 => 20, < 19 => 45, _ => 100 }, HasCompensation = random.Next(5) == 0 };
            if (random.Next(3) == 0)
                node = node with { Attempts = random.Next(2, 4), RetriesEverything = random.Next(4) == 0 };
            node = node with { InDoubt = random.Next(16) switch { 0 => "ask", 1 => "fail", _ => null } };
        }
        else if (node.Type is "transform" or "waitForEvent" && random.Next(15) == 0)
        {
            node = node with { Attempts = 2, RetriesEverything = true };
        }
        var mayFail = node.FailPercent > 0 || node.Type is "forEach" or "while" or "waitForEvent";
        if (!mayFail && random.Next(8) > 0)
            return node;
        return node with { OnError = random.Next(12) switch { < 6 => "continue", 6 when !place.IsParallel => "compensate", _ => null } };
    }
}
