using Millrace.Core.Definitions.Validation.Flow;
using Millrace.Core.Expressions;
using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>
/// Checks the names that expressions refer to: that they exist, that they can have run, and that secrets stay where they may be.
/// </summary>
internal sealed class ReferenceChecks(Checking checking)
{
    private static readonly string[] RecordFields = ["output", "status", "error", "meta"];

    private readonly List<(int Place, string Id, Func<SourcePointer> At, Sighting Sighting)> _doubts = [];

    /// <summary>The nodes whose expressions look at `data`.</summary>
    public bool[] LooksAtData { get; } = new bool[checking.Definition.Nodes.Length];

    public void Check(Viewpoint place, ExpressionReference reference, Func<SourcePointer> at, bool mayUseSecrets)
    {
        switch (reference.Root)
        {
            case "secrets":
                if (!mayUseSecrets)
                    checking.Error(at(), "secret_not_allowed", SecretRule(place));
                return;
            case "data":
                LooksAtData[place.Node] |= !place.AfterRun;
                return;
            case "nodes":
                if (reference.Path.Length > 0)
                    Node(place, reference.Path[0], 1, reference, at);
                return;
            case "output" when place.IsCompensation:
                return;
            default:
                if (!ExpressionRoots.Contains(reference.Root))
                    Node(place, reference.Root, 0, reference, at);
                return;
        }
    }

    private void Node(Viewpoint place, string id, int depth, ExpressionReference reference, Func<SourcePointer> at)
    {
        if (checking.FindNode(id) is not { } node)
        {
            if (checking.HolderOf(id) is { } holder)
            {
                Report(
                    at(),
                    "reference_into_body",
                    $"'{id}' is inside '{holder.Id}', and can only be used there",
                    reference,
                    holder.Id + ".output");
                return;
            }
            var meant = depth == 0 ? Elsewhere(id) ?? ForeignWords.Find(id) ?? Closest(id) : Closest(id);
            Report(at(), "unknown_reference", depth == 0 ? NoSuchName(id, meant) : $"There is no node '{id}'", reference, meant);
            return;
        }
        if (reference.Path.Length > depth && !RecordFields.Contains(reference.Path[depth], StringComparer.Ordinal))
            Report(
                at(),
                "unknown_reference",
                $"A node has output, status, error and meta, but no '{reference.Path[depth]}'",
                reference,
                Written(id, depth) + ".output." + reference.Path[depth]);
        if (reference.Path.Length == depth)
            Warn(
                at(),
                "whole_record",
                $"'{Written(id, depth)}' alone is the record of a node {{output, status, error, meta}}, not its result",
                reference,
                Written(id, depth) + ".output");
        if (checking.TypeOf(node)?.Kind == NodeKind.Comment)
            checking.Warn(at(), "reference_not_before", $"'{id}' is a comment and never runs.");
        else
            HasRun(place, id, new Look(reference, depth, place.Asks), at);
    }

    /// <summary>Warns about what may have been skipped, where nothing in the workflow asks about it.</summary>
    public void ReportDoubts()
    {
        foreach (var (place, id, at, sighting) in _doubts)
        {
            if (!checking.Asked.Contains((null, id)) && !checking.Asked.Contains((checking.Definition.Nodes[place].Id, id)))
                checking.Warn(at(), sighting.Code, sighting.Sentence, sighting.Path);
        }
    }

    private void HasRun(Viewpoint place, string id, Look look, Func<SourcePointer> at)
    {
        if (look.Asks)
            checking.Asked.Add((place.Decides ? null : checking.Definition.Nodes[place.Node].Id, id));
        if (place.IsCompensation)
            return;
        if (string.Equals(checking.Definition.Nodes[place.Node].Id, id, StringComparison.Ordinal))
        {
            if (!place.AfterRun)
                checking.Warn(at(), "reference_not_before", $"'{id}' refers to itself, but has not run yet.");
        }
        else if (Sight(checking, place.Node, id) is { } sighting)
            Judge(place.Node, id, look, at, sighting);
    }

    private void Judge(int place, string id, Look look, Func<SourcePointer> at, Sighting sighting)
    {
        if (sighting is { IsCertain: true } && look is { Takes: true, IsConditional: false })
            checking.Error(at(), sighting.Code, sighting.Sentence, sighting.Path);
        else if (sighting.IsCertain || sighting.Code is not "reference_skipped")
            checking.Warn(at(), sighting.Code, sighting.Sentence, sighting.Path);
        else if (look is { Takes: true, IsConditional: false })
            _doubts.Add((place, id, at, sighting));
    }

    // A node around a body has run if it has run before the node that holds the body.
    private static Sighting? Sight(Checking checking, int place, string id) => checking.Graph.IndexOf.TryGetValue(id, out var node)
        ? checking.Flow?.Look(place, node)
        : checking.Outer is { } outer ? Sight(outer.Checking, outer.Owner, id) : null;

    // A bare name that exists as a variable or as a field of the input was most likely meant to be that.
    private string? Elsewhere(string name)
    {
        var workflow = checking;
        while (workflow.Outer is { } outer)
            workflow = outer.Checking;
        if (workflow.Definition.Variables.TryGet(name, out _))
            return $"variables.{name}";
        return workflow.Definition.InputSchema["properties"].TryGetMap(out var properties) && properties.TryGet(name, out _)
            ? $"input.{name}"
            : null;
    }

    private string? Closest(string name) => checking.Problems.Suggestions.Closest(name, ExpressionRoots.All.Concat(checking.NodeIds));

    private static string Written(string id, int depth) => depth == 0 ? id : $"nodes['{id}']";

    private string SecretRule(Viewpoint place) =>
        checking.TypeOf(checking.Definition.Nodes[place.Node]) is { SecretFields.IsEmpty: false } type
        ? "A secret may only be used in a field that is marked for secrets: here in "
            + $"{string.Join(" or ", type.SecretFields.Select(field => "config" + field.Replace('/', '.')))}."
        : "A secret may only be used in a field that is marked for secrets, such as the headers of an http node; this type has none.";

    private static string NoSuchName(string name, string? meant) => meant is null
        ? $"'{name}' is neither a node nor a name in expressions; the input of an execution is 'input', and what arrives at a node is "
            + "'data'"
        : $"'{name}' is neither a node nor a name in expressions";

    private void Warn(SourcePointer at, string code, string sentence, ExpressionReference reference, string? suggestion) =>
        checking.Warn(at, code, $"{sentence} (at character {reference.Position + 1}).", suggestion);

    private void Report(SourcePointer at, string code, string sentence, ExpressionReference reference, string? suggestion) =>
        checking.Error(at, code, $"{sentence} (at character {reference.Position + 1}).", suggestion);

    // How an expression looks at a node's record.
    private readonly struct Look(ExpressionReference reference, int depth, bool asks)
    {
        /// <summary>Whether it fails where the node has not run.</summary>
        public bool Takes => !asks && reference.Required > depth && reference.Path[depth] is not "status";

        /// <summary>Whether it asks if the node has run.</summary>
        public bool Asks => reference.Path.Length > depth && !Takes;

        public bool IsConditional => reference.IsConditional;
    }
}
