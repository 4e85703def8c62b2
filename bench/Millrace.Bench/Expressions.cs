using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Bench;

/// <summary>Expressions as workflows have them, over an input of some fields.</summary>
internal static class Expressions
{
    private const int Batch = 10_000;

    private static readonly Bindings Names = new(MapValue.Of(
        ("input", ValueJson.Parse("""{"value":42,"message":"hello","customer":{"tier":"gold","orders":[{"total":10},{"total":200}]}}""")),
        ("data", ValueJson.Parse("""{"category":"technical","confidence":0.93}"""))));

    public static void Run(Report report)
    {
        report.Heading($"expressions, {Batch:N0} evaluations an op");
        foreach (var source in new[]
        {
            "input.value > 10",
            "data.category == 'technical' && data.confidence >= 0.8",
            "input.customer.tier in ['gold', 'platinum'] ? 'fast' : 'normal'",
            "input.customer.orders.exists(o, o.total > 100)",
        })
        {
            var expression = Expression.Parse(source, out var problem) ?? throw new InvalidOperationException(problem!.Message);
            report.Measure(source, Batch, () =>
            {
                for (var i = 0; i < Batch; i++)
                {
                    if (!expression.Evaluate(Names).Succeeded)
                        throw new InvalidOperationException(source);
                }
            });
        }
    }
}
