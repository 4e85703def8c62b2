using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Extensions.Primitives;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Http;

namespace Millrace.Server.Approvals;

/// <summary>The page behind a link: what is asked, and a form to answer it. It needs no script.</summary>
internal sealed class AnswerPage(int status, string html) : Reply
{
    private const string Style = """
        :root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;line-height:1.25}.message{white-space:pre-line}
        label,legend{font-weight:600}fieldset{border:0;margin:0;padding:0}.field{margin:1.25rem 0}.hint{display:block;opacity:.8}
        input:not([type=checkbox]),select,textarea{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin-top:.25rem}
        button{font:inherit;font-weight:600;padding:.6rem 1.4rem;margin:.5rem .75rem 0 0}
        :focus-visible{outline:3px solid;outline-offset:2px}.wrong{border-left:4px solid #c5221f;padding-left:.75rem}
        """;

    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>An open wait, to be answered.</summary>
    public static AnswerPage Ask(WaitRecord wait) => Ask(wait, new Dictionary<string, StringValues>(StringComparer.Ordinal), [], StatusCodes.Status200OK);

    /// <summary>The same, with what was entered and what is wrong with it.</summary>
    public static AnswerPage Ask(WaitRecord wait, IReadOnlyDictionary<string, StringValues> entered, IReadOnlyList<Problem> problems, int status)
    {
        var title = wait.Title ?? wait.NodeId;
        var page = new StringBuilder($"<h1>{Encode(title)}</h1>\n");
        if (wait.Message is { } message)
            page.Append($"<p class=\"message\">{Encode(message)}</p>\n");
        if (wait.DueAt is { } due)
            page.Append($"<p>To be answered by <time datetime=\"{due.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\">{due.UtcDateTime:yyyy-MM-dd HH:mm} UTC</time>.</p>\n");
        var fields = AnswerField.Of(wait.Form);
        var stray = problems.Where(problem => !fields.Any(field => IsOf(field, problem))).ToList();
        if (problems.Count > 0)
            page
                .Append("<div class=\"wrong\" role=\"alert\"><p>Please correct this:</p><ul>")
                .AppendJoin("", (stray.Count > 0 ? stray : problems).Select(problem => $"<li>{Encode(problem.Message)}</li>"))
                .Append("</ul></div>\n");
        page.Append("<form method=\"post\">\n");
        foreach (var field in fields)
            AnswerInput.Write(page, field, entered.TryGetValue(field.Name, out var values) ? values.ToString() : null, problems.FirstOrDefault(problem => IsOf(field, problem))?.Message);
        var isApproval = wait.Kind is NodeWait.Approval;
        if (isApproval)
            page.Append(
                "<div class=\"field\"><label for=\"comment\">Comment</label><textarea id=\"comment\" name=\"comment\" "
                    + $"rows=\"3\">{Encode(entered.TryGetValue("comment", out var comment) ? comment.ToString() : "")}</textarea></div>\n");
        page.Append(isApproval
            ? $"<button name=\"decision\" value=\"{ApprovalAnswers.Approved}\">Approve</button>\n<button name=\"decision\" value=\"{ApprovalAnswers.Rejected}\" formnovalidate>Reject</button>\n"
            : "<button>Send</button>\n");
        return Of(title, page.Append("</form>").ToString(), status);
    }

    /// <summary>A wait that was answered, or can no longer be.</summary>
    public static AnswerPage Show(WaitRecord wait, int status = StatusCodes.Status200OK)
    {
        var title = wait.Title ?? wait.NodeId;
        var sentence = wait.Status switch
        {
            WaitStatus.Answered when wait.Answer?.Decision is { } decision => $"This was answered: {decision}.",
            WaitStatus.Answered => "This was answered. Thank you.",
            _ => "This can no longer be answered: it timed out, or the workflow continued without it.",
        };
        return Of(title, $"<h1>{Encode(title)}</h1>\n<p role=\"status\">{Encode(sentence)}</p>", status);
    }

    /// <summary>Anything else that is to be said.</summary>
    public static AnswerPage Say(string title, string sentence, int status) => Of(title, $"<h1>{Encode(title)}</h1>\n<p>{Encode(sentence)}</p>", status);

    public override async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.ContentSecurityPolicy = Policy;
        // Without a referrer the form's Origin would be 'null', which is nobody's. No other site is told the link.
        response.Headers["Referrer-Policy"] = "same-origin";
        response.ContentType = "text/html; charset=utf-8";
        var content = Encoding.UTF8.GetBytes(html);
        response.ContentLength = content.Length;
        await response.BodyWriter.WriteAsync(content);
    }

    /// <summary>Encodes text for HTML.</summary>
    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private static bool IsOf(AnswerField field, Problem problem) =>
        string.Equals(problem.Pointer, field.Pointer, StringComparison.Ordinal) || problem.Pointer.StartsWith(field.Pointer + "/", StringComparison.Ordinal);

    private static AnswerPage Of(string title, string body, int status) => new(status, $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Encode(title)}</title><style>{Style}</style></head>
        <body><main>
        {body}
        </main></body>
        </html>

        """);
}

/// <summary>Writes one field with its label, its hint, and what is wrong with it.</summary>
internal static class AnswerInput
{
    public static void Write(StringBuilder page, AnswerField field, string? entered, string? problem)
    {
        var id = AnswerPage.Encode(field.Name);
        var hint = field.Schema["description"].TryGetString(out var description) ? description : field.Kind == AnswerFieldKind.Json ? "As JSON." : null;
        var described = $"{(hint is null ? "" : id + "-hint ")}{(problem is null ? "" : id + "-wrong")}".Trim();
        var required = field.IsRequired && field.Kind != AnswerFieldKind.Flag ? " required" : "";
        var attributes = $"id=\"{id}\" name=\"{id}\"{required}{(problem is null ? "" : " aria-invalid=\"true\"")}"
            + $"{(described.Length == 0 ? "" : $" aria-describedby=\"{described}\"")}";
        var value = entered ?? (field.Schema["default"] is { IsNull: false } standard ? AnswerField.TextOf(standard) : "");
        page.Append($"<div class=\"field{(problem is null ? "" : " wrong")}\">");
        if (field.Kind != AnswerFieldKind.Flag)
            page.Append($"<label for=\"{id}\">{AnswerPage.Encode(field.Label)}{(field.IsRequired ? "" : " (optional)")}</label>");
        if (hint is not null)
            page.Append($"<span class=\"hint\" id=\"{id}-hint\">{AnswerPage.Encode(hint)}</span>");
        page.Append(field.Kind switch
        {
            AnswerFieldKind.Flag => $"<input type=\"checkbox\" value=\"true\" {attributes}{(value is "true" ? " checked" : "")}> <label for=\"{id}\">{AnswerPage.Encode(field.Label)}</label>",
            AnswerFieldKind.Choice => $"<select {attributes}>{Options(field, value)}</select>",
            AnswerFieldKind.LongText or AnswerFieldKind.Json => $"<textarea rows=\"5\" {attributes}>{AnswerPage.Encode(value)}</textarea>",
            AnswerFieldKind.Number => $"<input type=\"number\" step=\"any\" {attributes} value=\"{AnswerPage.Encode(value)}\">",
            _ => $"<input type=\"{TypeOf(field.Schema["format"])}\" {attributes} value=\"{AnswerPage.Encode(value)}\">",
        });
        if (problem is not null)
            page.Append($"<span id=\"{id}-wrong\">{AnswerPage.Encode(problem)}</span>");
        page.Append("</div>\n");
    }

    private static string Options(AnswerField field, string value)
    {
        var options = new StringBuilder("<option value=\"\"></option>");
        foreach (var choice in field.Choices.Select(AnswerField.TextOf))
            options.Append($"<option{(string.Equals(choice, value, StringComparison.Ordinal) ? " selected" : "")}>{AnswerPage.Encode(choice)}</option>");
        return options.ToString();
    }

    private static string TypeOf(Value format) => format.TryGetString(out var name) && name is "date" or "email" ? name : format.TryGetString(out var other) && other is "uri" ? "url" : "text";
}
