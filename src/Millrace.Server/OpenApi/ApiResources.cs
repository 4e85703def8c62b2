using System.Text.Json.Nodes;

namespace Millrace.Server.OpenApi;

/// <summary>What the API document and its page are made of, beyond the routes.</summary>
internal static class ApiResources
{
    /// <summary>The schemas of bodies, by name.</summary>
    public static JsonObject Schemas() => JsonNode.Parse(Read("schemas.json"))!.AsObject();

    /// <summary>The page's style sheet.</summary>
    public static string StyleSheet() => Read("reference.css");

    private static string Read(string name)
    {
        using var stream = typeof(ApiResources).Assembly.GetManifestResourceStream("openapi/" + name)
            ?? throw new InvalidOperationException($"The resource '{name}' is not part of the program.");
        using var reader = new StreamReader(stream);
        // The same text, and so the same hash, however the sources were checked out.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
