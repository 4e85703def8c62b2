namespace Millrace.Server.Configuration;

/// <summary>Where settings come from, and which of them wins: command line, settings file, environment, .env.</summary>
internal static class SettingsSources
{
    private const string SettingsFile = "appsettings.json";

    /// <summary>All settings as written. Problems are sentences; with any, the server must not start.</summary>
    public static IConfiguration Read(IReadOnlyList<string> arguments, string workingDirectory, ICollection<string> problems)
    {
        var builder = new ConfigurationBuilder()
            .AddInMemoryCollection(EnvironmentFile.Read(Path.Combine(workingDirectory, ".env"), problems))
            .AddEnvironmentVariables()
            .AddJsonFile(Path.Combine(workingDirectory, SettingsFile), optional: true)
            .AddInMemoryCollection(CommandLine.Read(arguments, problems));
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException e)
        {
            problems.Add($"The settings file '{SettingsFile}' cannot be read: {e.InnerException?.Message ?? e.Message}");
            return new ConfigurationBuilder().Build();
        }
    }
}
