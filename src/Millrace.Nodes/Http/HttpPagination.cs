using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

internal sealed record HttpPagination
{
    /// <summary>The most pages of one node.</summary>
    public const int MostPages = 10_000;

    private const int UsualPages = 100;

    [Description("How the next page is found: link is the response's Link header with rel=\"next\"; next is an address that the response has; page counts a query parameter up; cursor puts what the response has into a query parameter.")]
    public required HttpPaginationType Type { get; init; }

    [ExpressionField]
    [Description("For next: the address of the next page, absolute or relative; null or empty text: there is none. Sees status, headers, body, items and page, as all expressions here: body.?links.?next.")]
    public string? Next { get; init; }

    [ExpressionField]
    [Description("For cursor: its next value; null or empty text: there is no more.")]
    public string? Cursor { get; init; }

    [Description("For page and cursor: the query parameter. By default page or cursor.")]
    public string? Parameter { get; init; }

    [Description("For page: the first value.")]
    public int Start { get; init; } = 1;

    [Description("For page: how much it grows; more than 1 where the server counts items instead of pages.")]
    public int Step { get; init; } = 1;

    [ExpressionField]
    [Description("The list of items in a page, such as body.data. By default the body, where it is a list.")]
    public string? Items { get; init; }

    [ExpressionField]
    [Description("Whether to go on, where the response says so. By default as the type finds: page goes on until a page has no items.")]
    public string? More { get; init; }

    [Description("How many pages at most; up to 10,000.")]
    public int MaxPages { get; init; } = UsualPages;

    [Description("What to do where there are more pages than that: fail, or stop and give what there is.")]
    public HttpMorePages WhenMore { get; init; }

    /// <summary>Why a response of this kind cannot come in pages; null: it can.</summary>
    public static string? Problem(HttpResponseKind response) => response == HttpResponseKind.File ? "Pages cannot be stored as a file: use 'response: json', or leave out 'pagination'." : null;

    /// <summary>What is wrong with it, with a pointer; null: nothing.</summary>
    public (string Pointer, string Problem)? Problem()
    {
        if (Type == HttpPaginationType.Next && string.IsNullOrWhiteSpace(Next))
            return ("", "Pagination of the type 'next' needs the expression 'next'.");
        if (Type == HttpPaginationType.Cursor && string.IsNullOrWhiteSpace(Cursor))
            return ("", "Pagination of the type 'cursor' needs the expression 'cursor'.");
        if (Step == 0)
            return ("/step", "'step' is 0, so that every page would be the first.");
        if (MaxPages is < 1 or > MostPages)
            return ("/maxPages", $"'maxPages' is {MaxPages}; it must be between 1 and {MostPages}.");
        return ProblemOf("/next", Next) ?? ProblemOf("/cursor", Cursor) ?? ProblemOf("/items", Items) ?? ProblemOf("/more", More);
    }

    private static (string, string)? ProblemOf(string pointer, string? source)
    {
        ExpressionProblem? problem = null;
        return source is null || Expression.Parse(source, out problem) is not null ? null : (pointer, $"The expression '{source}' is not valid at {problem!.Position + 1}: {problem.Message}");
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
