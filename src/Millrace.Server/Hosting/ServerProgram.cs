using Millrace.Engine.Nodes;
using Millrace.Engine.Storage;
using Millrace.Nodes;
using Millrace.Server.Configuration;
using Millrace.Server.Workflows;

namespace Millrace.Server.Hosting;

/// <summary>The server as a program: from its command line to its exit code.</summary>
internal static class ServerProgram
{
    /// <summary>Runs until the process is told to end. 0: it ended well; 1: it did not start, and standard error says why.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var problems = new List<string>();
        var reader = new SettingsReader(SettingsSources.Read(arguments, Directory.GetCurrentDirectory(), problems));
        var settings = reader.Read();
        foreach (var sentence in reader.Warnings.Concat(problems).Concat(reader.Problems))
            await Console.Error.WriteLineAsync(sentence);
        if (problems.Count + reader.Problems.Count > 0)
            return 1;
        try
        {
            await using var server = MillraceServer.Create(settings with { SamplesDirectory = settings.SamplesDirectory ?? SampleWorkflows.Find() }, NodeTypes(), TimeProvider.System);
            await server.StartAsync();
            await server.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception e) when (e is StoreException or IOException)
        {
            // The store is in use, or the port is: the message says which and what to do.
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>The node types that workflows may use, here and wherever one runs without a server.</summary>
    public static NodeRegistry NodeTypes() => new(BuiltInNodes.All());
}
