using System.Collections.Immutable;

namespace Millrace.Server.OpenApi;

/// <summary>Builds a route's description, part by part.</summary>
internal sealed class RouteDescriptionBuilder(string summary)
{
    private const string Json = "application/json";

    private readonly ImmutableArray<ParameterDescription>.Builder _parameters = ImmutableArray.CreateBuilder<ParameterDescription>();
    private readonly ImmutableArray<ReplyDescription>.Builder _replies = ImmutableArray.CreateBuilder<ReplyDescription>();
    private ImmutableArray<int> _problems = [];
    private string? _detail;
    private BodyDescription? _body;

    public RouteDescription Build() => new()
    {
        Summary = summary,
        Detail = _detail,
        Parameters = _parameters.ToImmutable(),
        Body = _body,
        Replies = _replies.ToImmutable(),
        Problems = _problems,
    };

    /// <summary>More than the summary, in sentences.</summary>
    public RouteDescriptionBuilder Detail(string sentences)
    {
        _detail = sentences;
        return this;
    }

    /// <summary>A query parameter, text where nothing else is said.</summary>
    public RouteDescriptionBuilder Query(string name, string description, string schema = ParameterSchemas.Text) => Parameter("query", name, description, schema);

    /// <summary>A page of a list: the parameters that choose it.</summary>
    public RouteDescriptionBuilder Pages(int usual = 50) => this
        .Query("limit", "The maximum number of items on a page.", $$"""{"type": "integer", "minimum": 1, "maximum": 200, "default": {{usual}}}""")
        .Query("cursor", "Where the page starts: the `X-Next-Cursor` of the previous page.")
        .Query("page", "The number of the page, from 1, instead of a cursor.", """{"type": "integer", "minimum": 1, "maximum": 1000000}""")
        .Query("page_size", "Another name for `limit`.", """{"type": "integer", "minimum": 1, "maximum": 200}""")
        .Query("offset", "How many items to leave out before the page, instead of a cursor.", """{"type": "integer", "minimum": 0}""")
        .Query("skip", "Another name for `offset`.", """{"type": "integer", "minimum": 0}""");

    /// <summary>A part of a journal: the parameters that choose it.</summary>
    public RouteDescriptionBuilder PagesAfter() => this
        .Query("after", "The `seq` after which to start; the `X-Next-Cursor` of the previous page.", ParameterSchemas.Seq)
        .Query("limit", "The maximum number of items on a page.", """{"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000}""");

    /// <summary>A list that is a part of what is answered.</summary>
    public RouteDescriptionBuilder PagesPart(int usual, int most) => this
        .Query("cursor", "Where the list starts: the `X-Next-Cursor` of the previous response.")
        .Query("limit", "The maximum number of items in the list.", $$"""{"type": "integer", "minimum": 1, "maximum": {{most}}, "default": {{usual}}}""");

    /// <summary>A write that is not done twice under one key.</summary>
    public RouteDescriptionBuilder Idempotent() =>
        Parameter("header", "Idempotency-Key", "A key that you choose. Writes with the same key happen once, whatever the body says.", """{"type": "string", "maxLength": 255}""");

    /// <summary>A save that may be bound to the version it is a change of.</summary>
    public RouteDescriptionBuilder Guarded() =>
        Parameter("header", "If-Match", "The `ETag` of the version that is changed; 412 if there is a later one.", ParameterSchemas.Text).Problems(412);

    /// <summary>A stream of events that can be resumed.</summary>
    public RouteDescriptionBuilder Resumes(string schema) => this
        .Query("after", "The id of the last event that you received.", schema)
        .Parameter("header", "Last-Event-ID", "Sent by browsers when they reconnect; overrides `after`.", schema)
        .Content(200, "Server-sent events: `id`, `event` with the type, and `data` with an Event as JSON.", "EventStream", ["text/event-stream"]);

    /// <summary>A JSON body.</summary>
    public RouteDescriptionBuilder Body(string schema, string example, bool isRequired = true)
    {
        _body = new BodyDescription(schema, example, IsDocument: false, isRequired);
        return this;
    }

    /// <summary>A workflow document, as JSON or YAML.</summary>
    public RouteDescriptionBuilder Document()
    {
        const string Example = """
            {"name": "Greeting", "nodes": [{"id": "start", "type": "start"},
              {"id": "greet", "type": "addField", "config": {"field": "text", "value": "Hi {{ input.name }}!"}}],
              "edges": [{"source": "start", "target": "greet"}]}
            """;
        _body = new BodyDescription("WorkflowDocument", Example, IsDocument: true, IsRequired: true);
        return this;
    }

    /// <summary>An answer in JSON, or without a body.</summary>
    public RouteDescriptionBuilder Replies(int status, string description, string? schema = null, params ImmutableArray<string> headers) =>
        Content(status, description, schema, schema is null ? [] : [Json], headers);

    /// <summary>A page of a list.</summary>
    public RouteDescriptionBuilder Lists(string schema, string description) => Replies(200, description, schema + "[]", "Link", "X-Next-Cursor");

    /// <summary>An answer that is not, or not only, JSON.</summary>
    public RouteDescriptionBuilder Content(int status, string description, string? schema, ImmutableArray<string> contentTypes, params ImmutableArray<string> headers)
    {
        _replies.Add(new ReplyDescription(status, description, schema, contentTypes, headers));
        return this;
    }

    /// <summary>The statuses of errors that this route has of its own.</summary>
    public RouteDescriptionBuilder Problems(params ReadOnlySpan<int> statuses)
    {
        _problems = _problems.AddRange(statuses);
        return this;
    }

    private RouteDescriptionBuilder Parameter(string place, string name, string description, string schema)
    {
        _parameters.Add(new ParameterDescription(place, name, description, schema));
        return this;
    }
}

/// <summary>Schemas that many parameters have.</summary>
internal static class ParameterSchemas
{
    public const string Text = """{"type": "string"}""";
    public const string Flag = """{"type": "boolean", "default": false}""";
    public const string Time = """{"type": "string", "format": "date-time"}""";
    public const string Seq = """{"type": "integer", "minimum": 0}""";
}
