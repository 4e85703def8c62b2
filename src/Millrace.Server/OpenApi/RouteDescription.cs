using System.Collections.Immutable;
using Millrace.Server.Http;

namespace Millrace.Server.OpenApi;

/// <summary>What a route is for and what it takes and answers; the API document is made of these.</summary>
internal sealed record RouteDescription
{
    /// <summary>What the route does, in a few words.</summary>
    public required string Summary { get; init; }

    /// <summary>More, in sentences; null: the summary says it all.</summary>
    public string? Detail { get; init; }

    /// <summary>Query parameters and headers; those of the path follow from its pattern.</summary>
    public ImmutableArray<ParameterDescription> Parameters { get; init; } = [];

    /// <summary>The body that it takes; null: none.</summary>
    public BodyDescription? Body { get; init; }

    /// <summary>Its answers where all is well.</summary>
    public ImmutableArray<ReplyDescription> Replies { get; init; } = [];

    /// <summary>The statuses of its errors, beyond those that follow from its permission and body.</summary>
    public ImmutableArray<int> Problems { get; init; } = [];

    /// <summary>The names of its query parameters.</summary>
    public IEnumerable<string> QueryNames => Parameters.Where(parameter => parameter.Place is "query").Select(parameter => parameter.Name);

    /// <summary>Whether it takes a query parameter of this name, however it is written.</summary>
    public bool Takes(string parameter) => QueryNames.Contains(parameter, ParameterNames.Comparer);
}

/// <summary>A query parameter or header.</summary>
/// <param name="Place">"query" or "header".</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">A sentence.</param>
/// <param name="Schema">Its JSON schema, as text.</param>
internal sealed record ParameterDescription(string Place, string Name, string Description, string Schema);

/// <summary>A request's body.</summary>
/// <param name="Schema">The name of its schema.</param>
/// <param name="Example">An example, as JSON text.</param>
/// <param name="IsDocument">Whether it is a workflow document, which may be YAML as well.</param>
/// <param name="IsRequired">Whether it must be there.</param>
internal sealed record BodyDescription(string Schema, string Example, bool IsDocument, bool IsRequired);

/// <summary>One response of a route.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Description">A sentence.</param>
/// <param name="Schema">The name of its schema, "[]" behind it for a list; null: it has no body.</param>
/// <param name="ContentTypes">What it may come as.</param>
/// <param name="Headers">Headers that matter.</param>
internal sealed record ReplyDescription(int Status, string Description, string? Schema, ImmutableArray<string> ContentTypes, ImmutableArray<string> Headers);

/// <summary>Attaches descriptions to routes.</summary>
internal static class RouteDescriptions
{
    /// <summary>Says what a route is for. Every route has a description.</summary>
    public static TBuilder Describe<TBuilder>(this TBuilder route, string summary, Action<RouteDescriptionBuilder> describe) where TBuilder : IEndpointConventionBuilder
    {
        var builder = new RouteDescriptionBuilder(summary);
        describe(builder);
        return route.WithMetadata(builder.Build());
    }
}
