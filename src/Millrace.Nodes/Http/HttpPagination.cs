using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

internal sealed record HttpPagination
{
    /// <summary>The most pages of one node.</summary>
    public const int PageLimit = 10_000;

    private const int UsualPages = 100;

    [Description(
        "How to find the next page: link uses the response's Link header with rel=\"next\"; next uses an address from the response; page "
        + "counts up a query parameter; cursor puts a value from the response into a query parameter.")]
    public required HttpPaginationType Type { get; init; }

    [ExpressionField]
    [Description(
        "For next: the address of the next page, absolute or relative; null or empty text if there is none. Like all expressions here, "
        + "it sees status, headers, body, items and page: body.?links.?next.")]
    public string? Next { get; init; }

    [ExpressionField]
    [Description("For cursor: its next value; null or empty text if there are no more pages.")]
    public string? Cursor { get; init; }

    [Description("For page and cursor: the query parameter. By default page or cursor.")]
    public string? Parameter { get; init; }

    [Description("For page: the first value.")]
    public int Start { get; init; } = 1;

    [Description("For page: the increment; more than 1 if the server counts items instead of pages.")]
    public int Step { get; init; } = 1;

    [ExpressionField]
    [Description("The list of items in a page, such as body.data. By default the body, if it is a list.")]
    public string? Items { get; init; }

    [ExpressionField]
    [Description(
        "Whether there is another page, if the response says so. By default the type decides: page continues until a page has no items.")]
    public string? More { get; init; }

    [Description("The maximum number of pages; up to 10,000.")]
    public int MaxPages { get; init; } = UsualPages;

    [Description("What to do if there are more pages: fail, or stop and return the items so far.")]
    public HttpMorePages WhenMore { get; init; }

    /// <summary>Why a response of this kind cannot come in pages; null: it can.</summary>
    public static string? Problem(HttpResponseKind response) =>
        response == HttpResponseKind.File ? "Pages cannot be stored as a file: use 'response: json', or leave out 'pagination'." : null;

    /// <summary>What is wrong with it, with a pointer; null: nothing.</summary>
    public (string Pointer, string Problem)? Problem()
    {
        if (Type == HttpPaginationType.Next && string.IsNullOrWhiteSpace(Next))
            return ("", "Pagination of the type 'next' needs the expression 'next'.");
        if (Type == HttpPaginationType.Cursor && string.IsNullOrWhiteSpace(Cursor))
            return ("", "Pagination of the type 'cursor' needs the expression 'cursor'.");
        if (Step == 0)
            return ("/step", "'step' is 0, so every page would be the first.");
        if (MaxPages is < 1 or > PageLimit)
            return ("/maxPages", $"'maxPages' is {MaxPages}; it must be between 1 and {PageLimit}.");
        return ProblemOf("/next", Next) ?? ProblemOf("/cursor", Cursor) ?? ProblemOf("/items", Items) ?? ProblemOf("/more", More);
    }

    private static (string, string)? ProblemOf(string pointer, string? source)
    {
        ExpressionProblem? problem = null;
        return source is null || Expression.Parse(source, out problem) is not null
            ? null
            : (pointer, $"The expression '{source}' is not valid at {problem!.Position + 1}: {problem.Message}");
    }
}

internal enum HttpPaginationType
{
    Link,
    Next,
    Page,
    Cursor,
}

internal enum HttpMorePages
{
    Fail,
    Stop,
}
