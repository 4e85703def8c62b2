using System.ComponentModel;
using Millrace.Core.Values;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration.Services;

/// <summary>An integration as people write it.</summary>
internal sealed record IntegrationDocument
{
    [Description("The purpose, for people.")]
    public string? Description { get; init; }

    [Description("The beginning of all its addresses, such as https://api.example.com/v2.")]
    public required string BaseUrl { get; init; }

    [Description("How to authenticate, as in http nodes; credentials are {{secrets.NAME}}.")]
    public HttpAuth? Auth { get; init; }

    [Description("Headers of each call. They may contain {{secrets.NAME}}.")]
    public IReadOnlyDictionary<string, Value>? Headers { get; init; }

    [Description("The allowed operations, by name. If there are any, no others are allowed.")]
    public IReadOnlyDictionary<string, OperationDocument>? Operations { get; init; }

    [Description("The limits for calls from this server.")]
    public LimitsDocument? Limits { get; init; }

    [Description("How long one call may take, including redirects.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>One thing that an integration can be asked.</summary>
internal sealed record OperationDocument
{
    [Description("The purpose, for people.")]
    public string? Description { get; init; }

    [Description("The method.")]
    public string Method { get; init; } = "GET";

    [Description("The path, with {param} for each part that a param fills in.")]
    public required string Path { get; init; }

    [Description("Query parameters. Values may be templates that see params.")]
    public IReadOnlyDictionary<string, Value>? Query { get; init; }

    [Description("Headers, in addition to those of the integration. Values may be templates that see params, or contain secrets.")]
    public IReadOnlyDictionary<string, Value>? Headers { get; init; }

    [Description("The body: a template that sees params.")]
    public Value Body { get; init; }

    [Description("Status codes that mean success, as in http nodes.")]
    public Value SuccessCodes { get; init; } = Http.SuccessCodes.Usual;

    [Description("How to read the response's body, as in http nodes.")]
    public HttpResponseKind Response { get; init; }
}

/// <summary>How much of an integration one process asks.</summary>
internal sealed record LimitsDocument
{
    [Description("The maximum number of calls at once.")]
    public int? Concurrency { get; init; }

    [Description("The maximum number of calls a second, evenly spaced.")]
    public double? RatePerSecond { get; init; }

    [Description("The maximum number of calls a minute, evenly spaced.")]
    public double? RatePerMinute { get; init; }

    /// <summary>The least time between the beginnings of two calls; null: none.</summary>
    public TimeSpan? Interval =>
        RatePerSecond is { } second
            ? TimeSpan.FromSeconds(1 / second)
            : RatePerMinute is { } minute
            ? TimeSpan.FromMinutes(1 / minute)
            : null;
}
