using Microsoft.AspNetCore.Connections;
using Millrace.Engine.Storage;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;
using Millrace.Server.Workflows;

var problems = new List<string>();
var sources = SettingsSources.Read(args, Directory.GetCurrentDirectory(), problems);
var reader = new SettingsReader(sources);
var settings = reader.Read();
foreach (var warning in reader.Warnings)
    await Console.Error.WriteLineAsync(warning);
foreach (var problem in problems.Concat(reader.Problems))
    await Console.Error.WriteLineAsync(problem);
if (problems.Count + reader.Problems.Count > 0)
    return 1;
try
{
    await using var server = MillraceServer.Create(settings with { SamplesDirectory = settings.SamplesDirectory ?? SampleWorkflows.Find() }, TimeProvider.System);
    await server.StartAsync();
    await server.WaitForShutdownAsync();
    return 0;
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{e.Message} Stop what listens there, or name another port with --port.");
    return 1;
}
catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException)
{
    // The data directory is in use, or the log file cannot be written: the message says which.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
