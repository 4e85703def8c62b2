using System.Text;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Fuzz.Generation;

namespace Millrace.Fuzz.Targets;

/// <summary>CEL sources, and after a line of %% what they are evaluated against.</summary>
internal sealed class ExpressionTarget : Target
{
    private const string Separator = "\n%%\n";

    private static readonly EvaluationLimits Tight = new(MaxCost: 500, MaxDepth: 12, MaxOutput: 2_000);

    private readonly ExpressionGrammar _grammar = new();
    private readonly ByteMutation _bytes = new(ExpressionGrammar.Tokens);

    public override string Name => "cel";

    // Every source is evaluated many times, each time up to the limit on its cost.
    public override TimeSpan Longest => TimeSpan.FromSeconds(8);

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. SeedCorpus.ReadWithFinds("cel"),
        .. ExpressionGrammar.Samples.Select(Encoding.UTF8.GetBytes),
    ];

    public override byte[] Generate(Random random, Func<byte[]> known)
    {
        if (random.Next(3) != 0)
            return _bytes.Mutate(known(), random, known);
        var source = _grammar.Expression(random, random.Next(1, 7));
        if (random.Next(2) == 0)
            source += Separator + ExpressionGrammar.Bindings(random).ToJson();
        return Encoding.UTF8.GetBytes(source);
    }

    public override string Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var cut = text.LastIndexOf(Separator, StringComparison.Ordinal);
        var source = cut < 0 ? text : text[..cut];
        var scopes = Scopes(cut < 0 ? null : text[(cut + Separator.Length)..]);
        var outcome = new StringBuilder();
        outcome.Append(Try(source, Expression.Parse(source, out var problem), problem, () => Expression.Parse(source, out _), scopes));
        outcome.Append(
            Try(source, Expression.ParseCondition(source, out problem), problem, () => Expression.ParseCondition(source, out _), scopes));
        return outcome.ToString();
    }

    private static List<Bindings> Scopes(string? json)
    {
        var scopes = new List<Bindings> { ExpressionGrammar.Scope, Bindings.Empty };
        try
        {
            if (json is not null && ValueJson.Parse(json).TryGetMap(out var map))
                scopes.Add(new Bindings(map));
        }
        catch (System.Text.Json.JsonException)
        {
            // The source is still evaluated against the other scopes.
        }
        return scopes;
    }

    private static string Try(
        string source, Expression? expression, ExpressionProblem? problem, Func<Expression?> again, List<Bindings> scopes)
    {
        Require(expression is null == problem is not null, "there is neither an expression nor a problem, or both");
        if (expression is null)
        {
            Require(
                problem!.Position >= 0 && problem.Position <= source.Length, $"the problem is at {problem.Position} of {source.Length}");
            return Words(problem.Message);
        }
        var other = again();
        Require(other is not null, "parsed a second time it is no expression");
        var outcome = new StringBuilder();
        foreach (var scope in scopes)
        {
            var first = expression.Evaluate(scope);
            Check(first, source, EvaluationLimits.Default);
            RequireSame(first, expression.Evaluate(scope), "evaluated a second time");
            RequireSame(first, other!.Evaluate(scope), "parsed and evaluated a second time");
            var tight = expression.Evaluate(scope, Tight);
            Check(tight, source, Tight);
            if (tight.Succeeded)
                RequireSame(tight, first, "with wider limits");
            outcome.Append(Show(first)).Append(';');
        }
        return outcome.ToString();
    }

    private static void Check(Evaluation evaluation, string source, EvaluationLimits limits)
    {
        Require(!evaluation.Succeeded || evaluation.Cost <= limits.MaxCost, $"it succeeded at a cost of {evaluation.Cost}");
        Require(evaluation.Cost >= 0, $"the cost is {evaluation.Cost}");
        Require(evaluation.Succeeded || evaluation.Error!.Length is > 0 and < 10_000, "the error is empty or endless");
        Require(
            evaluation.Succeeded ? evaluation.Position == -1 : evaluation.Position >= -1 && evaluation.Position <= source.Length,
            $"the error is at {evaluation.Position} of {source.Length}");
        if (!evaluation.Succeeded || !JsonNormalizer.TryNormalize(evaluation.Value, out var json, out _))
            return;
        Require(json.IsJson, "the normalised value is no JSON");
        if (json.Weight < 100_000)
            Require(ValueJson.Parse(json.ToJson()).Equals(json), $"the value does not survive JSON: {json.ToJson()}");
    }

    private static void RequireSame(Evaluation left, Evaluation right, string when)
    {
        var (first, second) = (Exact(left), Exact(right));
        Require(string.Equals(first, second, StringComparison.Ordinal), $"{when} it is {second}, not {first}");
    }

    private static string Exact(Evaluation evaluation) =>
        !evaluation.Succeeded ? $"{evaluation.Error} at {evaluation.Position}"
        : JsonNormalizer.TryNormalize(
            evaluation.Value, out var json, out var error) ? json.Weight < 1_000_000 ? json.ToJson() : $"weight {json.Weight}"
        : error!;

    private static string Show(Evaluation evaluation) =>
        evaluation.Succeeded ? $"{evaluation.Value.Kind}{Math.ILogB(evaluation.Cost + 1)}" : Words(evaluation.Error!);

    // What is quoted or counted is not new.
    private static string Words(string message)
    {
        var words = message.Split(' ').Where(word => word.Length > 0 && word.All(char.IsAsciiLetter)).Take(6);
        return string.Join(' ', words);
    }
}
