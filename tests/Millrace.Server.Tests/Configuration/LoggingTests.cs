using System.Text.Json;
using Microsoft.Extensions.Logging;
using Millrace.Server.Configuration;
using Serilog.Extensions.Logging;

namespace Millrace.Server.Tests.Configuration;

public sealed class LoggingTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-log-");

    private string LogFile => Path.Combine(_directory.FullName, "logs", "server.log");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void An_entry_in_JSON_has_its_fields_and_those_of_its_scopes()
    {
        using var provider = Open(new LogSettings { AsJson = true, File = LogFile });
        var logger = provider.CreateLogger("Millrace.Tests");

        using (logger.BeginScope(new Dictionary<string, object> { ["ExecutionId"] = "e1" }))
            logger.LogWarning(new InvalidOperationException("broken"), "{Count} of {Name} failed", 3, "order");

        var entry = JsonDocument.Parse(Assert.Single(Lines())).RootElement;
        Assert.Equal("Warning", entry.GetProperty("level").GetString());
        Assert.Equal("Millrace.Tests", entry.GetProperty("category").GetString());
        Assert.Equal("3 of order failed", entry.GetProperty("message").GetString());
        Assert.Equal(3, entry.GetProperty("Count").GetInt32());
        Assert.Equal("order", entry.GetProperty("Name").GetString());
        Assert.Equal("e1", entry.GetProperty("ExecutionId").GetString());
        Assert.Contains("broken", entry.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.InRange(entry.GetProperty("timestamp").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.EndsWith("Z", entry.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogLevel.Trace, "Trace")]
    [InlineData(LogLevel.Information, "Information")]
    [InlineData(LogLevel.Critical, "Critical")]
    public void Levels_are_called_as_the_setting_calls_them(LogLevel level, string name)
    {
        using var provider = Open(new LogSettings { File = LogFile });

        provider.CreateLogger("Millrace.Tests").Log(level, "Hello {Name}", "Ada");

        Assert.Matches($@"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {name} Millrace\.Tests: Hello Ada$", Assert.Single(Lines()));
    }

    [Fact]
    public void Files_roll_by_size_and_only_the_newest_are_kept()
    {
        using var provider = Open(new LogSettings { File = LogFile }, fileBytes: 1_000);
        var logger = provider.CreateLogger("Millrace.Tests");

        for (var number = 0; number < 200; number++)
            logger.LogInformation("Entry {Number}", number);

        var files = new DirectoryInfo(Path.GetDirectoryName(LogFile)!).GetFiles();
        Assert.Equal(8, files.Length);
        if (!OperatingSystem.IsWindows())
            Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
        Assert.All(files, file => Assert.True(file.Length <= 1_200, $"{file.Name} has {file.Length} bytes."));
        Assert.Contains(files, file => Read(file.FullName).EndsWith("Entry 199\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_there_is_continued()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LogFile)!);
        File.WriteAllText(LogFile, "of yesterday\n");

        using (var provider = Open(new LogSettings { File = LogFile }))
            provider.CreateLogger("Millrace.Tests").LogInformation("of today");

        var lines = Lines();
        Assert.Equal("of yesterday", lines[0]);
        Assert.EndsWith("of today", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_an_error_at_once()
    {
        Directory.CreateDirectory(LogFile);

        var refused = Assert.Throws<IOException>(() => Open(new LogSettings { File = LogFile }));

        Assert.StartsWith($"LOG_FILE is '{LogFile}', which cannot be written.", refused.Message, StringComparison.Ordinal);
    }

    private static SerilogLoggerProvider Open(LogSettings settings, long fileBytes = 1_000_000) => new(Logging.Open(settings, fileBytes), dispose: true);

    // While it is still open: every entry is in the file as soon as it was logged.
    private string[] Lines() => Read(LogFile).TrimEnd('\n').Split('\n');

    private static string Read(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return file.ReadToEnd();
    }
}
