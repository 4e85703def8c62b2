using Millrace.Core.Nodes;
using Millrace.Engine.Models;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Ai.OpenAi;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Workflows.Running;

/// <summary>Answers for every model but `mock`, by the scripts of the test.</summary>
internal sealed class FakedModels(TestSetup setup, TestPlan plan) : ModelProvider
{
    private const string Any = "*";
    private const int CharactersPerToken = 4;

    private readonly Dictionary<string, int> _used = new(StringComparer.OrdinalIgnoreCase);

    public override string Name => "test";

    /// <summary>The models of a test.</summary>
    public static ModelProviders Of(TestSetup setup, TestPlan plan, TimeProvider time)
    {
        var mock = new ModelSettings().CreateProviders(time).Find("mock", out _)!.Provider;
        // A model that is faked under that name goes before it.
        var isFaked = setup.Models.Keys.Any(name => name.StartsWith(mock.Name, StringComparison.OrdinalIgnoreCase));
        return new ModelProviders([new FakedModels(setup, plan)], isFaked ? [] : [mock], []);
    }

    public override ModelPrice? PriceOf(string model) =>
        setup.Prices.GetValueOrDefault(model) ?? ModelPrices.OpenAi.Find(model[(model.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    public override ValueTask<ModelOutcome> AskAsync(ModelRequest request, CancellationToken cancellation) => new(Ask(request));

    private ModelOutcome Ask(ModelRequest request)
    {
        var name = setup.Models.ContainsKey(request.Model) ? request.Model : Any;
        if (!setup.Models.TryGetValue(name, out var source))
            return Break(plan.NoModel(request.Model));
        if (source.Run is { } run)
            return Call(run, request);
        if (source.Replies.IsEmpty)
            return Break($"The model '{name}' is faked without replies. Give it one.");
        if (source.Replies.Length == 1)
            return Outcome(source.Replies[0], request);
        var used = _used[name] = _used.GetValueOrDefault(name) + 1;
        return used <= source.Replies.Length
            ? Outcome(source.Replies[used - 1], request)
            : Break(
                $"The model '{name}' is faked with {source.Replies.Length} replies, and was called once more. Add a reply, or give a "
                    + "single one, which is used for every call.");
    }

    private ModelOutcome Call(Func<ModelRequest, FakeReply> run, ModelRequest request)
    {
        try
        {
            return Outcome(run(request), request);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new ModelOutcome.Failed(
                plan.Break($"The fake of the model '{request.Model}' threw {e.GetType().Name}: {e.Message}", e).Error!);
        }
    }

    private static ModelOutcome Outcome(FakeReply reply, ModelRequest request)
    {
        if (reply.Error is { } error)
            return new ModelOutcome.Failed(error);
        request.OnToken?.Invoke(reply.Answer);
        var usage = new TokenUsage(
            reply.TokensIn ?? request.Messages.Sum(message => TokensOf(message.Text)), reply.TokensOut ?? TokensOf(reply.Answer));
        return new ModelOutcome.Answered(reply.Answer, request.Model, usage, reply.FinishReason);
    }

    private ModelOutcome.Failed Break(string message) => new(plan.Break(message).Error!);

    private static long TokensOf(string text) => (text.Length + CharactersPerToken - 1) / CharactersPerToken;
}
