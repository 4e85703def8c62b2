namespace Millrace.Core.Definitions;

/// <summary>`onError: goto` as what it is: an edge at the error port.</summary>
public static class ErrorEdges
{
    /// <summary>The edges that the nodes' gotos stand for, in the nodes' order.</summary>
    public static IEnumerable<EdgeDefinition> Of(IEnumerable<NodeDefinition> nodes)
    {
        foreach (var node in nodes)
        {
            if (node.OnError is { Action: ErrorAction.Goto, Target: { Length: > 0 } target })
                yield return new EdgeDefinition
                {
                    Id = $"{node.Id}:error->{target}",
                    Source = node.Id,
                    Target = target,
                    Port = "error",
                    Location = node.Source,
                };
        }
    }
}
