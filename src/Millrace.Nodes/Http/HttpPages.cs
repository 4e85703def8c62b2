using System.Net.Http.Headers;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Reads page after page of a response that comes in pages.</summary>
internal sealed class HttpPages(HttpExchange exchange, HttpConfig config, SuccessCodes successCodes, EffectContext context)
{
    private readonly HttpPagination _pagination = config.Pagination!;
    private readonly List<Value> _all = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Reads them all, from the first call on.</summary>
    public async Task<NodeOutcome> ReadAsync(HttpCall first, CancellationToken cancellation)
    {
        var call = _pagination.Type == HttpPaginationType.Page ? first.WithQuery(Parameter, Text.Of(_pagination.Start)) : first;
        for (var number = 1; ; number++)
        {
            if (!_asked.Add(call.Url.AbsoluteUri))
                return NodeOutcome.Failed("http", $"{call.Title} has a next page that was already fetched; its pages form a circle.");
            var (response, answered, failure) = await exchange.SendAsync(HttpCallBuilder.ForPage(call, context, number), cancellation);
            if (response is null)
                return failure!;
            using (response)
            {
                var (page, problem) = await ReadPageAsync(answered, response, number, cancellation);
                if (page is null)
                    return problem!;
                (var next, problem) = NextOf(page, call, answered, response);
                if (problem is not null)
                    return problem;
                if (next is null)
                    return Completed(page, number, isComplete: true);
                if (number == _pagination.MaxPages)
                    return _pagination.WhenMore == HttpMorePages.Stop ? Completed(page, number, isComplete: false) : TooMany(answered);
                call = next;
            }
        }
    }

    private string Parameter =>
        string.IsNullOrEmpty(_pagination.Parameter)
            ? (_pagination.Type == HttpPaginationType.Page ? "page" : "cursor")
            : _pagination.Parameter;

    private async Task<(Page? Page, NodeOutcome? Failure)> ReadPageAsync(
        HttpCall call, HttpResponseMessage response, int number, CancellationToken cancellation)
    {
        if (!successCodes.Contain((int)response.StatusCode))
            return (null, await HttpFailures.OfStatusAsync(call, response, context.Time.GetUtcNow(), cancellation));
        var head = HttpResponseReader.Head(response);
        var (bytes, isComplete) = await HttpResponseReader.ReadAsync(response, (int)(config.MaxResponseBytes - _bytes), cancellation);
        if (!isComplete)
            return (null, HttpFailures.TooLarge(call, config, head));
        _bytes += bytes.Length;
        var (body, unreadable, warning) = HttpResponseReader.Decode(response, bytes, config.Response);
        if (unreadable is not null)
            return (null, HttpFailures.Unreadable(call, unreadable, head));
        if (warning is not null)
            context.Log("warn", $"Page {number} of {call.Title}: {warning}.");
        var seen = new MapBuilder(head).Set("body", body).Set("page", number);
        if (_pagination.Items is null)
            return (Add(new Page(head, body, body.TryGetList(out var list) ? list : null, number, seen)), null);
        if (!TryEvaluate(_pagination.Items, seen, out var items, out var failure))
            return (null, failure);
        return items.TryGetList(out var found)
            ? (Add(new Page(head, body, found, number, seen)), null)
            : (
                null,
                HttpFailures.WithDetails(
                    $"'items' of the pagination of {call.Title} gave {Failures.Kind(items)} for page {number}; it must be a list.", head));
    }

    private Page Add(Page page)
    {
        if (page.Items is { } items)
            _all.AddRange(items);
        else
            _all.Add(page.Body);
        page.Seen.Set("items", page.Items is { } list ? list : Value.Null);
        return page;
    }

    private (HttpCall? Next, NodeOutcome? Failure) NextOf(Page page, HttpCall call, HttpCall answered, HttpResponseMessage response)
    {
        if (_pagination.More is { } more)
        {
            if (!TryEvaluate(more, page.Seen, out var goesOn, out var failure))
                return (null, failure);
            if (!goesOn.Equals(true))
                return (null, null);
        }
        switch (_pagination.Type)
        {
            case HttpPaginationType.Link: return Follow(answered, NextLink(response));
            case HttpPaginationType.Next: return TryEvaluate(_pagination.Next!, page.Seen, out var url, out var broken)
                ? Follow(answered, url.IsNull ? "" : Text.Of(url))
                : (null, broken);
            case HttpPaginationType.Cursor:
                if (!TryEvaluate(_pagination.Cursor!, page.Seen, out var cursor, out var wrong))
                    return (null, wrong);
                return cursor.IsNull || Text.Of(cursor).Length == 0 ? (null, null) : (call.WithQuery(Parameter, Text.Of(cursor)), null);
            default:
                if (page.Items is null && _pagination.More is null)
                    return (
                        null,
                        HttpFailures.WithDetails(
                            $"The pages of {call.Title} are not lists, so their end cannot be detected; set 'items' or 'more' in "
                                + "'pagination'.",
                            page.Head));
                var value = _pagination.Start + ((long)page.Number * _pagination.Step);
                return _pagination.More is null && page.Items!.Count == 0
                    ? (null, null)
                    : (call.WithQuery(Parameter, Text.Of(value)), null);
        }
    }

    private static (HttpCall? Next, NodeOutcome? Failure) Follow(HttpCall call, string? link)
    {
        if (string.IsNullOrEmpty(link))
            return (null, null);
        var next = Uri.TryCreate(call.Url, link, out var target) ? call.To(target) : null;
        return next is null
            ? (
                null,
                NodeOutcome.Failed(
                    "http",
                    $"{call.Title} has a next page at an address that is not allowed: from https to http, to another protocol, or with a "
                        + "password in the address."))
            : (next, null);
    }

    // RFC 8288: <https://example.com/?page=2>; rel="next", <...>; rel="last".
    private static string? NextLink(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Link", out var values))
            return null;
        foreach (var value in values)
        {
            for (var at = value.IndexOf('<', StringComparison.Ordinal); at >= 0;)
            {
                var end = value.IndexOf('>', at);
                if (end < 0)
                    return null;
                var following = value.IndexOf(",<", end, StringComparison.Ordinal) is >= 0 and var near
                    ? near + 1
                    : value.IndexOf(", <", end, StringComparison.Ordinal) is >= 0 and var far
                    ? far + 2
                    : -1;
                var parameters = value[(end + 1)..(following < 0 ? value.Length : following)].TrimEnd(',', ' ');
                if (parameters.Split(';', StringSplitOptions.TrimEntries).Any(IsNext))
                    return value[(at + 1)..end];
                at = following;
            }
        }
        return null;
    }

    private static bool IsNext(string parameter) =>
        NameValueHeaderValue.TryParse(parameter, out var pair) && string.Equals(pair.Name, "rel", StringComparison.OrdinalIgnoreCase)
        && (pair.Value ?? "").Trim('"').Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase);

    private static bool TryEvaluate(string source, MapBuilder seen, out Value value, out NodeOutcome? failure)
    {
        value = default;
        failure = null;
        var expression = Expression.Parse(source, out var problem);
        if (expression is null)
        {
            failure =
                NodeOutcome.Failed("expression", $"The expression '{source}' is not valid at {problem!.Position + 1}: {problem.Message}");
            return false;
        }
        var evaluation = expression.Evaluate(new Bindings(seen.Build()));
        if (!evaluation.Succeeded)
            failure = Failures.Of(evaluation, expression);
        else if (!JsonNormalizer.TryNormalize(evaluation.Value, out value, out var wrong))
            failure = Failures.Expression(expression, wrong!);
        return failure is null;
    }

    private NodeOutcome Completed(Page last, int pages, bool isComplete)
    {
        if (!isComplete)
            context.Log("warn", $"There are more than {pages} pages; the rest was not fetched.");
        return NodeOutcome.Completed(last.Head.With("body", ListValue.Create(_all))) with
        {
            Meta = MapValue.Of(("pages", (long)pages), ("isComplete", isComplete)),
        };
    }

    private NodeOutcome TooMany(HttpCall call) => NodeOutcome.Failed(
        "http", $"{call.Title} has more than {_pagination.MaxPages} pages. Raise 'maxPages' of 'pagination', or stop there with 'whenMore: stop'.");

    private sealed record Page(MapValue Head, Value Body, ListValue? Items, int Number, MapBuilder Seen);
}
