using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Each node by itself: its id, type, policies and gates.</summary>
internal static class NodeChecks
{
    public static void Run(Checking checking)
    {
        var nodes = checking.Definition.Nodes;
        if (nodes.All(node => checking.TypeOf(node)?.Kind == NodeKind.Comment))
            checking.Error(checking.FieldAt(checking.Root, "nodes", "steps"), "no_nodes", "There are no nodes except comments.");
        WorkflowChecks.Limit(
            checking,
            checking.FieldAt(checking.Root, "nodes", "steps"),
            "The workflow",
            nodes.Count(checking.IsAuthored),
            DefinitionLimits.Nodes,
            "nodes");
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            var at = checking.At(node);
            Id(checking, node, at, isFirst: checking.Graph.IndexOf[node.Id] == i);
            Type(checking, at, node.Type);
            if (node.Name is { } name)
                WorkflowChecks.Name(checking, checking.FieldAt(at, "name", "label", "title"), name);
            WorkflowChecks.Limit(
                checking,
                checking.FieldAt(at, "notes", "description"),
                "The note",
                node.Notes?.Length ?? 0,
                DefinitionLimits.DescriptionLength,
                "characters");
            Policies(checking, node, at);
            Gates(checking, node, at);
        }
    }

    public static void Retry(Checking checking, SourcePointer owner, RetryPolicy retry)
    {
        var at = checking.FieldAt(owner, "retry", "retryPolicy", "maxRetries");
        if (retry.MaxAttempts is < 1 or > DefinitionLimits.Attempts)
            checking.Error(
                checking.FieldAt(at, "maxAttempts", "attempts", "maxRetries", "retries"),
                "out_of_range",
                $"The number of attempts must be between 1 and {DefinitionLimits.Attempts}.");
        if (retry.Delay > retry.MaxDelay && retry.MaxAttempts > 1)
            checking.Warn(
                checking.FieldAt(at, "maxDelay", "delay"),
                "out_of_range",
                $"The delay is longer than maxDelay, {Durations.ToIso(retry.MaxDelay)}, which is used instead.");
    }

    private static void Id(Checking checking, NodeDefinition node, SourcePointer at, bool isFirst)
    {
        if (node.Id.Length == 0)
            checking.Error(at, "missing_field", "A node needs an 'id'.");
        else if (node.Id.Length > DefinitionLimits.NodeIdLength || node.Id.Any(char.IsControl))
            checking.Error(
                checking.FieldAt(at, "id"),
                "invalid_id",
                $"A node's id has at most {DefinitionLimits.NodeIdLength} characters and no control characters.");
        else if (!isFirst || !checking.Defines(node.Id))
            checking.Error(checking.FieldAt(at, "id"), "duplicate_id", $"Another node already has the id '{node.Id}'.");
    }

    private static void Type(Checking checking, SourcePointer at, string type)
    {
        if (type.Length == 0)
            checking.Error(at, "missing_field", "A node needs a 'type'.");
        else if (checking.TypeOf(type) is null)
            UnknownType(checking, checking.FieldAt(at, "type"), type);
    }

    // With a near name it is misspelt; without one it may be a type that no worker has registered yet.
    private static void UnknownType(Checking checking, SourcePointer at, string type)
    {
        var sentence = $"unknown node type '{Shorten(type)}'";
        var near = TypesByMeaning.Find(type, checking.TypeNames) ?? checking.Problems.Suggestions.Closest(type, checking.TypeNames);
        checking.Error(
            at,
            "unknown_node_type",
            near is null
                ? $"{sentence}. If a worker runs it, the worker must register it first: POST /api/v1/worker/register."
                : sentence + ".",
            near);
    }

    private static void Policies(Checking checking, NodeDefinition node, SourcePointer at)
    {
        if (node.Timeout is { } timeout && timeout <= TimeSpan.Zero)
            checking.Error(checking.FieldAt(at, "timeout"), "out_of_range", "A timeout must be positive.");
        if (node.Retry is { } retry)
            Retry(checking, at, retry);
        if (node.Cache is { } cache)
        {
            if (cache.Key.Length == 0)
                checking.Error(checking.FieldAt(at, "cache"), "missing_field", "A cache needs a 'key'.");
            if (cache.Ttl <= TimeSpan.Zero)
                checking.Error(checking.FieldAt(checking.FieldAt(at, "cache"), "ttl"), "out_of_range", "A ttl must be positive.");
        }
        if (node.OnError.Action == ErrorAction.Goto)
            Goto(checking, node.OnError.Target, checking.FieldAt(at, "onError", "errorHandling"));
        if (node.Compensation is { } compensation)
            Type(checking, checking.FieldAt(at, "compensation", "compensate"), compensation.Type);
        WorkflowChecks.JsonSchema(checking, checking.FieldAt(at, "outputSchema"), node.OutputSchema);
    }

    private static void Goto(Checking checking, string? target, SourcePointer at)
    {
        if (string.IsNullOrEmpty(target))
            checking.Error(at, "missing_field", "'goto' needs the id of the node to continue at, such as \"goto:repair\".");
        else if (!checking.Graph.IndexOf.ContainsKey(target))
            checking.Unknown(
                checking.FieldAt(at, "target", "goto", "node", "fallback"),
                "unknown_goto_target",
                $"onError leads to the node '{Shorten(target)}', which does not exist",
                target,
                checking.Graph.IndexOf.Keys);
    }

    private static void Gates(Checking checking, NodeDefinition node, SourcePointer at)
    {
        WorkflowChecks.Limit(
            checking,
            checking.FieldAt(at, "conditions"),
            "The list of conditions",
            node.Conditions.Length,
            DefinitionLimits.Conditions,
            "entries");
        foreach (var gate in node.Conditions)
        {
            var place = gate.Source.Pointer is null ? checking.FieldAt(at, "conditions") : gate.Source;
            if (gate.Expression is null && gate.Field is null)
                checking.Error(place, "missing_field", "A condition needs an 'expression', or a 'field', an 'operator' and a 'value'.");
            if (gate.Operator is { } comparison && !ComparisonOperators.Contains(comparison))
                checking.Unknown(
                    checking.FieldAt(place, "operator", "op"),
                    "unknown_operator",
                    $"unknown operator '{Shorten(comparison)}'",
                    comparison,
                    ComparisonOperators.Names);
        }
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
