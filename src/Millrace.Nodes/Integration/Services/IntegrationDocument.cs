using System.ComponentModel;
using Millrace.Core.Values;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration.Services;

/// <summary>An integration as people write it.</summary>
internal sealed record IntegrationDocument
{
    [Description("What it is for.")]
    public string? Description { get; init; }

    [Description("What the addresses of its calls begin with, such as https://api.example.com/v2.")]
    public required string BaseUrl { get; init; }

    [Description("How to authenticate, as in http nodes; credentials are {{secrets.NAME}}.")]
    public HttpAuth? Auth { get; init; }

    [Description("Headers of each call. {{secrets.NAME}} may stand in them.")]
    public IReadOnlyDictionary<string, Value>? Headers { get; init; }

    [Description("What may be asked of it, by name. Where there are any, nothing else may.")]
    public IReadOnlyDictionary<string, OperationDocument>? Operations { get; init; }

    [Description("How much of it this server asks at once.")]
    public LimitsDocument? Limits { get; init; }

    [Description("How long one call may take, redirects and all.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>One thing that an integration can be asked.</summary>
internal sealed record OperationDocument
{
    [Description("What it does.")]
    public string? Description { get; init; }

    [Description("The method.")]
    public string Method { get; init; } = "GET";

    [Description("The path, with {param} for a part that a param fills.")]
    public required string Path { get; init; }

    [Description("Query parameters. Values may be templates that see params.")]
    public IReadOnlyDictionary<string, Value>? Query { get; init; }

    [Description("Headers, beside those of the integration. Values may be templates that see params, or have secrets.")]
    public IReadOnlyDictionary<string, Value>? Headers { get; init; }

    [Description("The body: a template that sees params.")]
    public Value Body { get; init; }

    [Description("Status codes that are a success, as in http nodes.")]
    public Value SuccessCodes { get; init; } = Http.SuccessCodes.Usual;

    [Description("What to make of the response's body, as in http nodes.")]
    public HttpResponseKind Response { get; init; }
}

/// <summary>How much of an integration one process asks.</summary>
internal sealed record LimitsDocument
{
    [Description("The most calls at once.")]
    public int? Concurrency { get; init; }

    [Description("The most calls a second, evenly spread.")]
    public double? RatePerSecond { get; init; }

    [Description("The most calls a minute, evenly spread.")]
    public double? RatePerMinute { get; init; }

    /// <summary>The least time between the beginnings of two calls; null: none.</summary>
    public TimeSpan? Interval => RatePerSecond is { } second ? TimeSpan.FromSeconds(1 / second) : RatePerMinute is { } minute ? TimeSpan.FromMinutes(1 / minute) : null;
}
