using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;
using Millrace.Testing.Files.Documents;
using Millrace.Testing.Workflows.Fakes;
using Millrace.Testing.Workflows.Running;

namespace Millrace.Testing.Files;

/// <summary>Makes a test of a case of a file.</summary>
/// <param name="binding">Receives the problems found.</param>
/// <param name="raw">The case as it is written.</param>
/// <param name="at">JSON pointer of the case.</param>
internal sealed class CaseReader(StrictBinding binding, Value raw, string at)
{
    public void Fill(TestSetup setup, CaseDocument given)
    {
        setup.Input = given.Input;
        Copy(given.Inputs, setup.Inputs);
        Copy(given.Variables, setup.Variables);
        Copy(given.Secrets, setup.Secrets);
        setup.Now = given.Now ?? setup.Now;
        setup.Until = given.Until;
        FillFakes("nodes", given.Nodes, setup.Nodes);
        FillFakes("types", given.Types, setup.NodeTypes);
        foreach (var (model, replies) in given.Models ?? Nothing)
            setup.Models[model] = new ModelSource(
                [
                    .. ItemsOf(replies, $"{at}/models/{JsonPointer.Escape(model)}").Select(item => ReplyOf(item.Value, item.At))
                    .OfType<FakeReply>(),
                ],
                null);
        foreach (var (node, answers) in given.Answers ?? Nothing)
            setup.Answers[node] =
            [
                .. ItemsOf(answers, $"{at}/answers/{JsonPointer.Escape(node)}").Select(item => AnswerOf(item.Value, item.At))
                .OfType<TestAnswer>(),
            ];
        foreach (var signal in given.Signals ?? [])
            setup.Signals.Add(new TestSignal(signal.Name, signal.Payload, signal.After));
        setup.Real.UnionWith(given.Real ?? []);
        foreach (var problem in SetupCheck.Find(setup))
            binding.Add(
                problem.IsNamed ? $"{at}/{problem.Field}/{JsonPointer.Escape(problem.Name)}" : $"{at}/{problem.Field}",
                "unknown_name",
                problem.Message);
    }

    private static readonly IReadOnlyDictionary<string, Value> Nothing = ImmutableDictionary<string, Value>.Empty;

    private void FillFakes(string field, IReadOnlyDictionary<string, FakeDocument>? fakes, Dictionary<string, FakeSource> into)
    {
        foreach (var (name, fake) in fakes ?? ImmutableDictionary<string, FakeDocument>.Empty)
        {
            var (place, written) = ($"{at}/{field}/{JsonPointer.Escape(name)}", raw[field][name]);
            string[] ways = ["output", "outputs", "outcomes", "error", "neverEnds"];
            if (ways.Where(way => Has(written, way)).ToList() is { Count: > 1 } several)
                binding.Add(
                    place, "invalid_value", $"A fake has one of {string.Join(", ", ways)}, and this has {string.Join(" and ", several)}.");
            else if (fake is { Outputs.Count: 0 } or { Outcomes.Count: 0 })
                binding.Add(place, "invalid_value", "A fake without outcomes can do nothing. Give it an output.");
            else if (!ways.Any(way => Has(written, way)) && fake.Port is null)
                binding.Add(place, "missing_field", $"The fake has no outcome. Give it one of {string.Join(", ", ways)} or port.");
            else
                into[name] = new FakeSource(OutcomesOf(fake, written), null);
        }
    }

    private static ImmutableArray<FakeOutcome> OutcomesOf(FakeDocument fake, Value written) => fake switch
    {
        { Outputs: { } outputs } => [.. outputs.Select(output => FakeOutcome.Output(output, fake.Meta))],
        { Outcomes: { } outcomes } => [.. outcomes.Select((outcome, index) => OutcomeOf(outcome, written["outcomes"].AsList()[index]))],
        _ => [OutcomeOf(fake, written)],
    };

    private static FakeOutcome OutcomeOf(OutcomeDocument outcome, Value written) => outcome switch
    {
        { NeverEnds: true } => FakeOutcome.NeverEnds,
        { Error: { } error } => FakeOutcome.Failure(error.Type, error.Message, error.Retryable, error.Details),
        { Port: { } port } => Has(written, "output") ? FakeOutcome.Port(port, outcome.Output) : FakeOutcome.Port(port),
        _ => FakeOutcome.Output(outcome.Output, outcome.Meta),
    };

    private FakeReply? ReplyOf(Value written, string place)
    {
        if (written.TryGetString(out var text))
            return FakeReply.Text(text);
        if (binding.Bind<ReplyDocument>(written, place) is not { } reply)
            return null;
        string[] ways = ["text", "json", "error"];
        if (ways.Count(way => Has(written, way)) != 1)
        {
            binding.Add(place, "invalid_value", "A reply has one of text, json and error.");
            return null;
        }
        var answered = reply.Error is { } error
            ? FakeReply.Failure(error.Type, error.Message, error.Retryable)
            : reply.Text is { } said
            ? FakeReply.Text(said)
            : FakeReply.Json(reply.Json);
        return answered with
        {
            TokensIn = reply.TokensIn,
            TokensOut = reply.TokensOut,
            FinishReason = reply.FinishReason ?? answered.FinishReason,
        };
    }

    private TestAnswer? AnswerOf(Value written, string place)
    {
        var answer = written.TryGetString(out var decision)
            ? new AnswerDocument { Decision = decision }
            : binding.Bind<AnswerDocument>(written, place);
        switch (answer)
        {
            case null:
                return null;
            case { Decision: "approved" }:
                return TestAnswer.Approved(answer.Data, answer.Comment, answer.AnsweredBy) with { After = answer.After };
            case { Decision: "rejected" }:
                return TestAnswer.Rejected(answer.Comment, answer.AnsweredBy) with { After = answer.After };
            case { Decision: { } other }:
                binding.Add(place, "invalid_value", $"'{other}' is not a decision. Use approved or rejected.");
                return null;
        }
        string[] ways = ["data", "payload", "body"];
        var given = ways.Where(way => Has(written, way)).ToList();
        if (given.Count == 1)
            return (
                given[0] is "data"
                    ? TestAnswer.Form(answer.Data)
                    : given[0] is "payload"
                    ? TestAnswer.Signal(answer.Payload)
                    : TestAnswer.Call(answer.Body)) with { After = answer.After };
        binding.Add(
            place,
            "invalid_value",
            "An answer has a decision, or one of data (for a form), payload (for a signal) and body (for a callback).");
        return null;
    }

    private static IEnumerable<(Value Value, string At)> ItemsOf(Value oneOrMany, string place) =>
        oneOrMany.TryGetList(out var list) ? list.Select((item, index) => (item, $"{place}/{index}")) : [(oneOrMany, place)];

    private static void Copy<T>(IReadOnlyDictionary<string, T>? from, Dictionary<string, T> into)
    {
        foreach (var (name, value) in from ?? ImmutableDictionary<string, T>.Empty)
            into[name] = value;
    }

    internal static bool Has(Value map, string key) => map.TryGetMap(out var entries) && entries.TryGet(key, out _);
}
