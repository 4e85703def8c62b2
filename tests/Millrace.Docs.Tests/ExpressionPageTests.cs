using Millrace.Core.Expressions.Functions;

namespace Millrace.Docs.Tests;

/// <summary>The page on expressions leaves no function out: each has a row, and every row is run.</summary>
public sealed class ExpressionPageTests
{
    private static readonly string[] Macros =
        [
            "has", "all", "exists", "exists_one", "existsOne", "filter", "map", "transformList", "transformMap", "transformMapEntry",
            "sortBy", "optMap", "optFlatMap", "or", "orValue", "matches", "cel.bind",
        ];

    [Fact]
    public void Every_function_and_macro_has_an_example_that_is_run()
    {
        var examples = Markdown.Rows(Repository.Read("docs/guide/expressions.md"))
            .Where(row => row.Headings is ["expression", "value", ..])
            .Select(row => row.Cells[0])
            .ToList();

        Assert.All(FunctionTable.All.Names.Concat(Macros).Distinct(), name =>
            Assert.Contains(examples, example => example.Contains(name + "(", StringComparison.Ordinal)));
    }
}
