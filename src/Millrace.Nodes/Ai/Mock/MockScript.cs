using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Engine.Models;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Ai.Mock;

/// <summary>
/// How the model `mock` answers: the first reply whose `when` holds, else `default`, else an echo. In `when`, a CEL condition sees `prompt`
/// (the last message of the user), `system`, `messages` (a list of {role, content}) and `attempt` (from 1):
/// <code>
/// mock:
///   replies:
///     - when: attempt == 1
///       error: {status: 429}
///     - when: prompt.contains('refund')
///       reply: {category: billing, priority: high}
///   default: {category: general}
/// </code>
/// A reply is text, or an object or list that is answered as JSON; it may hold templates.
/// </summary>
internal sealed record MockScript
{
    private static readonly string[] Names = ["prompt", "system", "messages", "attempt"];

    [Description("Replies, in order; the first one with a true condition is used.")]
    public IReadOnlyList<MockReply> Replies { get; init; } = [];

    [Description("The reply if no condition is true: text, or an object or list that is returned as JSON.")]
    public Value Default { get; init; }

    /// <summary>Checks the conditions of a node's script.</summary>
    public static void Check(NodeCompilation compilation)
    {
        if (!compilation.Field("mock")["replies"].TryGetList(out var replies))
            return;
        for (var i = 0; i < replies.Count; i++)
        {
            var at = $"/mock/replies/{i}";
            if (replies[i]["when"].TryGetString(out var when))
                CheckCondition(compilation, when, at + "/when");
            if (replies[i]["reply"].IsNull == replies[i]["error"].IsNull)
                compilation.Error(at, "missing_field", "A mock reply needs either a 'reply' or an 'error'.");
        }
    }

    /// <summary>The reply to a request; null: none fits. A condition that fails is a problem.</summary>
    public MockReply? Find(ModelRequest request, out string? problem)
    {
        problem = null;
        var bindings = new Bindings(BindingsOf(request));
        foreach (var reply in Replies)
        {
            if (reply.When is null)
                return reply;
            if (Expression.Parse(reply.When, out var found) is not { } condition)
                problem = found!.Message;
            else if (condition.Evaluate(bindings) is var evaluation && !evaluation.Succeeded)
                problem = evaluation.Error;
            else if (evaluation.Value.TryGetBool(out var holds))
            {
                if (holds)
                    return reply;
                continue;
            }
            else
                problem = "it gives neither true nor false";
            problem = $"The condition '{reply.When}' of a mock reply failed: {problem}.";
            return null;
        }
        return Default.IsNull ? null : new MockReply { Reply = Default };
    }

    private static MapValue BindingsOf(ModelRequest request) => MapValue.Of(
        ("prompt", request.PromptText()),
        ("system", string.Join('\n', request.Messages.Where(message => message.Role == ModelRole.System).Select(message => message.Text))),
        (
            "messages",
            ListValue.Create(
                request.Messages.Select(
                    message => (Value)MapValue.Of(("role", message.Role.ToString().ToLowerInvariant()), ("content", message.Text))))),
        ("attempt", request.Attempt));

    private static void CheckCondition(NodeCompilation compilation, string when, string at)
    {
        if (Expression.Parse(when, out var problem) is not { } condition)
            compilation.Error(
                at, "invalid_expression", $"The condition '{when}' is not valid at {problem!.Position + 1}: {problem.Message}");
        else if (condition.References.FirstOrDefault(reference => !Names.Contains(reference.Root, StringComparer.Ordinal)) is { } unknown)
            compilation.Error(
                at,
                "unknown_reference",
                $"The condition of a mock reply uses the unknown name '{unknown.Root}'; it sees {string.Join(", ", Names)}.");
    }
}

internal sealed record MockReply
{
    [Description("A CEL condition over prompt, system, messages and attempt; by default it is true.")]
    public string? When { get; init; }

    [Description("The answer: text, or an object or list that is returned as JSON.")]
    public Value Reply { get; init; }

    [Description("A failure instead of an answer.")]
    public MockError? Error { get; init; }

    [Description("How long the answer takes.")]
    public TimeSpan? Delay { get; init; }
}

internal sealed record MockError
{
    [Description("The HTTP status that a provider would send: 401, 429, 500, ...")]
    public required int Status { get; init; }

    [Description("The provider's code for it, such as context_length_exceeded.")]
    public string? Code { get; init; }

    [Description("The provider's message.")]
    public string? Message { get; init; }

    [Description("The wait that the provider asks for (Retry-After).")]
    public TimeSpan? RetryAfter { get; init; }
}
