using System.Globalization;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai.Mock;

/// <summary>
/// A model that needs no provider: the same question gives the same answer. It follows a script (<see cref="MockScript"/>); without one,
/// or where nothing in it fits, it repeats the question: as text, or as JSON of the form that was asked for. Tokens are counted as one for
/// each
/// four characters. `mock/fail-503` fails as a provider with that status would, `mock/slow-250` takes that many milliseconds.
/// </summary>
internal sealed class MockProvider(TimeProvider time, MockScript? script = null) : ModelProvider
{
    private const string FailPrefix = "fail-";
    private const string SlowPrefix = "slow-";
    private const int CharactersPerToken = 4;

    public override string Name => "mock";

    /// <summary>The same, following a node's script.</summary>
    public MockProvider Following(MockScript? other) => other is null ? this : new MockProvider(time, other);

    public override async ValueTask<ModelOutcome> AskAsync(ModelRequest request, CancellationToken cancellation)
    {
        string? problem = null;
        var reply = script?.Find(request, out problem);
        if (problem is not null)
            return ModelFailures.OfStatus(Name, NameOf(request), 400, null, problem, null, "");
        var delay = reply?.Delay
            ?? (NumberAfter(request.Model, SlowPrefix) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.Zero);
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, time, cancellation);
        if (reply?.Error is { } error)
            return ModelFailures.OfStatus(
                Name, NameOf(request), error.Status, error.Code, error.Message, error.RetryAfter, "the mock script");
        if (reply is null && NumberAfter(request.Model, FailPrefix) is { } status)
            return ModelFailures.OfStatus(Name, NameOf(request), status, null, null, null, "the model's name");
        return Answer(request, reply is null ? Echo(request) : Text.Of(reply.Reply));
    }

    private static ModelOutcome.Answered Answer(ModelRequest request, string text)
    {
        var isCut = request.MaxTokens is { } most && TokensOf(text) > most;
        if (isCut)
            text = Cut(text, request.MaxTokens!.Value * CharactersPerToken);
        if (request.OnToken is { } hear)
        {
            foreach (var piece in PiecesOf(text))
                hear(piece);
        }
        var usage = new TokenUsage(request.Messages.Sum(message => TokensOf(message.Text)), TokensOf(text));
        return new ModelOutcome.Answered(text, NameOf(request), usage, isCut ? "length" : "stop");
    }

    private static string Echo(ModelRequest request) => request.Form switch
    {
        AnswerForm.Json => ((Value)MapValue.Of("echo", request.PromptText())).ToJson(),
        AnswerForm.Schema => SchemaSample.Of(request.Schema).ToJson(),
        _ => $"Mock answer to: {request.PromptText()}",
    };

    // Half of a surrogate pair would be no text.
    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static string NameOf(ModelRequest request) => request.Model.Length == 0 ? "mock" : $"mock/{request.Model}";

    private static int? NumberAfter(string model, string prefix) =>
        model.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(model.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static long TokensOf(string text) => (text.Length + CharactersPerToken - 1) / CharactersPerToken;

    // Word by word, blanks kept.
    private static IEnumerable<string> PiecesOf(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var blank = text.IndexOf(' ', start);
            var end = blank < 0 ? text.Length : blank + 1;
            yield return text[start..end];
            start = end;
        }
    }
}

internal static class PromptOfRequest
{
    /// <summary>What the user said last.</summary>
    public static string PromptText(this ModelRequest request) =>
        request.Messages.LastOrDefault(message => message.Role == ModelRole.User)?.Text ?? "";
}
