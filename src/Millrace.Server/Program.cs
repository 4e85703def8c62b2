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
catch (Exception e) when (e is StoreException or IOException)
{
    // The store is in use, or the port is: the message says which and what to do.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
