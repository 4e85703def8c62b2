using Millrace.Core.Executions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>
/// The key of a limit: a template that is rendered before an execution starts. Executions with the same key share the limit.
/// </summary>
public sealed class LimitKey
{
    private static readonly string[] Roots = ["input", "variables", "trigger"];

    private readonly Template _template;

    private LimitKey(Template template) => _template = template;

    /// <summary>Whether it is the same for all executions.</summary>
    public bool IsConstant => _template.IsConstant;

    /// <summary>Parses a key; null, and a sentence why, where it is none.</summary>
    public static LimitKey? Parse(string text, out string? problem)
    {
        problem = null;
        var template = Template.Parse(text, out var problems);
        if (template is null)
            problem = $"The key is not valid at character {problems[0].Position + 1}: {problems[0].Message}.";
        else if (template.References.Select(found => found.Reference).FirstOrDefault(reference => !Roots.Contains(reference.Root, StringComparer.Ordinal)) is { } unknown)
            problem = $"A limit's key is rendered before the execution starts: it can use {string.Join(", ", Roots)}, but no "
                + $"'{unknown.Root}' (at character {unknown.Position + 1}).";
        return problem is null ? new LimitKey(template!) : null;
    }

    /// <summary>A key that validation has accepted; null where there is none.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    internal static LimitKey? Of(string? text) =>
        text is null ? null : Parse(text, out var problem) ?? throw new ArgumentException(problem, nameof(text));

    /// <summary>The key of a start; else null, and why it has none.</summary>
    public (string? Key, string? Problem) Render(ExecutionStart start)
    {
        var evaluation = _template.Evaluate(
            new Bindings(MapValue.Of(("input", start.Input), ("variables", start.Variables), ("trigger", start.Trigger))));
        if (evaluation.Error is { } error)
            return (null, error);
        if (evaluation.Value.IsNull)
            return (null, "it is null");
        var key = evaluation.Value.TryGetString(out var text) ? text : evaluation.Value.ToJson();
        return key.Length <= DefinitionLimits.LimitKeyLength
            ? (key, null)
            : (null, $"it has {key.Length} characters; at most {DefinitionLimits.LimitKeyLength} are allowed");
    }
}
