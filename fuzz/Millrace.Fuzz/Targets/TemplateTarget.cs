using System.Text.Json;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Fuzz.Generation;

namespace Millrace.Fuzz.Targets;

/// <summary>Trees with {{ }} in their strings.</summary>
internal sealed class TemplateTarget : Target
{
    private readonly ExpressionGrammar _grammar = new();
    private readonly TreeMutation _trees = new(
        ["a", "url", "headers", "body", "", "~/", "{{ input.x }}"],
        [.. Vocabulary.DefinitionScalars, .. ExpressionGrammar.Samples.Select(sample => (Value)("{{" + sample + "}}"))]);
    private readonly ByteMutation _bytes = new([.. ExpressionGrammar.Tokens, "{{", "}}", "{{ ", " }}", "\\\"", "\\u0000"]);

    public override string Name => "template";

    // Every source is evaluated many times, each time up to the limit on its cost.
    public override TimeSpan Longest => TimeSpan.FromSeconds(8);

    public override IReadOnlyList<byte[]> Seeds { get; } = SeedCorpus.ReadWithFinds("template");

    public override byte[] Generate(Random random, Func<byte[]> known)
    {
        var input = known();
        if (random.Next(3) == 0 || Parse(input) is not { } tree)
            return _bytes.Mutate(input, random, known);
        if (random.Next(2) == 0)
            return _trees.Mutate(tree, random, () => Parse(known()) ?? Value.Null).ToUtf8();
        var text = $"{{{{ {_grammar.Expression(random, 3)} }}}}";
        Value made = MapValue.Of(("whole", text), ("inside", $"a {text} b {text}"), ("old", tree));
        return made.ToUtf8();
    }

    public override string Run(byte[] input)
    {
        if (Parse(input) is not { } tree)
            return "no JSON";
        var template = Template.Parse(tree, out var problems);
        Require(template is null == problems.Length > 0, "there is neither a template nor a problem, or both");
        foreach (var problem in problems)
            Require(problem.Position >= 0 && problem.Message.Length > 0, $"a problem is at {problem.Position}");
        if (template is null)
            return "problem";
        var first = template.Evaluate(ExpressionGrammar.Scope);
        var second = template.Evaluate(ExpressionGrammar.Scope);
        Require(
            first.Succeeded == second.Succeeded
                && string.Equals(first.Error, second.Error, StringComparison.Ordinal)
                && first.Value.Equals(second.Value),
            "evaluated a second time it comes to something else");
        if (!first.Succeeded)
            return "error";
        Require(first.Value.IsJson, "the value is no JSON");
        Require(first.Cost <= EvaluationLimits.Default.MaxCost, $"it succeeded at a cost of {first.Cost}");
        if (first.Value.Weight < 100_000)
            Require(ValueJson.Parse(first.Value.ToJson()).Equals(first.Value), "the value does not survive JSON");
        return $"{first.Value.Kind}{first.Value.Depth}{Math.ILogB(first.Cost + 1)}{template.References.Length}";
    }

    private static Value? Parse(byte[] input)
    {
        try
        {
            return ValueJson.Parse(input);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
