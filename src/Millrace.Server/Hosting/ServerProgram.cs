using Microsoft.AspNetCore.Connections;
using Millrace.Engine.Storage;
using Millrace.Server.Configuration;
using Millrace.Server.Plugins;
using Millrace.Server.Workflows;

namespace Millrace.Server.Hosting;

/// <summary>The server as a program: from its command line to its exit code.</summary>
internal static class ServerProgram
{
    /// <summary>Runs until the process is told to end. 0: it ended well; 1: it did not start or cannot go on, and standard error says why.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var problems = new List<string>();
        var reader = new SettingsReader(SettingsSources.Read(arguments, Directory.GetCurrentDirectory(), problems));
        var settings = reader.Read();
        foreach (var sentence in reader.Warnings.Concat(problems).Concat(reader.Problems))
            await Console.Error.WriteLineAsync(sentence);
        if (problems.Count + reader.Problems.Count > 0)
            return 1;
        if (ConnectionLimit.Find().Problem is { } tooFew)
        {
            await Console.Error.WriteLineAsync(tooFew);
            return 1;
        }
        try
        {
            await using var server = MillraceServer.Create(settings with { SamplesDirectory = settings.SamplesDirectory ?? SampleWorkflows.Find() }, TimeProvider.System);
            await server.StartAsync();
            using var memory = new IdleMemory(TimeProvider.System);
            if (await server.WaitForShutdownAsync() is not { } lost)
                return 0;
            await Console.Error.WriteLineAsync(lost.Message);
            await server.StopAsync();
            return 1;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{e.Message} Stop the program that listens there, or choose another port with --port.");
            return 1;
        }
        catch (Exception e) when (e is StoreException or PluginException or IOException or UnauthorizedAccessException)
        {
            // The data directory is in use, the log file cannot be written, or a plug-in cannot be used: the message says which.
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
