using System.Text;

namespace Millrace.Robustness.Tests.Connections;

/// <summary>A request as it goes over the wire; nothing in it has to be right.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query, sent as they are.</param>
public sealed record RawRequest(string Method, string Target)
{
    /// <summary>Header lines; Host and Content-Length are added where they are missing.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public byte[]? Body { get; init; }

    /// <summary>Whether it may not even be HTTP, so that what answers is not the product but what lies below it.</summary>
    public bool IsBelowHttp { get; init; }

    public static RawRequest Json(string method, string target, byte[] body) => new(method, target) { Body = body, Headers = [("Content-Type", "application/json")] };

    public static RawRequest Json(string method, string target, string body) => Json(method, target, Encoding.UTF8.GetBytes(body));

    public static RawRequest Yaml(string method, string target, byte[] body) => new(method, target) { Body = body, Headers = [("Content-Type", "application/yaml")] };

    public RawRequest With(params (string Name, string Value)[] headers) => this with { Headers = [.. Headers, .. headers] };

    /// <summary>Everything in front of the body. Latin-1 sends each char below 256 as that byte; others as UTF-8.</summary>
    public byte[] Head(string host)
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        if (!Has("Host"))
            head.Append($"Host: {host}\r\n");
        foreach (var (name, value) in Headers)
            head.Append($"{name}: {value}\r\n");
        if (Body is not null && !Has("Content-Length") && !Has("Transfer-Encoding"))
            head.Append($"Content-Length: {Body.Length}\r\n");
        head.Append("\r\n");
        var text = head.ToString();
        return text.Any(c => c > 0xff) ? Encoding.UTF8.GetBytes(text) : Encoding.Latin1.GetBytes(text);
    }

    public bool Has(string header) => Headers.Any(pair => string.Equals(pair.Name, header, StringComparison.OrdinalIgnoreCase));

    public override string ToString()
    {
        var body = Body is null ? "" : Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 600)));
        var text = $"{Method} {Target} [{string.Join("; ", Headers.Select(pair => $"{pair.Name}: {pair.Value}"))}] {body}";
        return text.Length > 1_500 ? text[..1_500] + "..." : text;
    }
}

/// <summary>An answer as it came.</summary>
public sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Nothing came although there was time, and the connection stayed open.</summary>
    public static readonly RawResponse None = new(0, new Dictionary<string, string>(StringComparer.Ordinal) { ["connection"] = "close" }, []);

    public string? ContentType => Headers.GetValueOrDefault("content-type");

    public string Text => Encoding.UTF8.GetString(Body);

    public bool Closes => string.Equals(Headers.GetValueOrDefault("connection"), "close", StringComparison.OrdinalIgnoreCase);
}
