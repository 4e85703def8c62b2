namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Draws expressions that mostly come to something, whatever they see.</summary>
internal sealed class ExpressionGenerator(Random random)
{
    public string Value(Place place) => random.Next(9) switch
    {
        0 => "data",
        1 => "{'was': type(data) == int ? data : -1}",
        2 => "input.n + 1",
        3 or 4 when place.Known.Count > 0 => Guarded(Any(place)),
        5 when place.Known.Count > 0 => $"{Any(place)}.status",
        6 when place.HasItem => "[item, index]",
        7 when place.IsBody || place.IsLoop => "index",
        8 when place.Known.Count > 0 => $"{Any(place)}.output",
        _ => $"{random.Next(10)}",
    };

    public string Condition(Place place, IReadOnlyList<PlanNode> graph)
    {
        var at = random.Next(10);
        return random.Next(10) switch
        {
            0 => $"input.n > {at}",
            1 => "type(data) == int && data % 2 == 0",
            2 when place.IsBody || place.IsLoop => $"index % 2 == {at % 2}",
            3 when place.Known.Count > 0 => $"{Any(place)}.status == 'completed'",
            4 when place.Known.Count > 0 => $"has({Any(place)}.output)",
            5 => $"variables.count0 < {at}",
            6 => "true",
            _ when place.Known.Count > 0 => $"{Guarded(Any(place))} < {at}",
            _ => $"input.n < {at}",
        };
    }

    /// <summary>Whether a loop goes on.</summary>
    public string Again(Place place, Draft loop)
    {
        var effects = place.Known.Where(id => loop.Nodes.Exists(node => node.Id == id && node.IsEffect)).ToList();
        if (effects.Count > 0 && random.Next(3) > 0)
            return $"{Guarded(effects[random.Next(effects.Count)])} < {random.Next(2, 6)}";
        return place.IsBody ? "false" : $"index < {random.Next(1, 3)}";
    }

    public string WhileCondition(int turns) => random.Next(3) == 0 ? $"index < {turns} && (type(data) != int || data < 7)" : $"index < {turns}";

    private static string Guarded(string id) => $"(has({id}.output) && type({id}.output) == int ? {id}.output : 9)";

    private string Any(Place place) => place.Known[random.Next(place.Known.Count)];
}
