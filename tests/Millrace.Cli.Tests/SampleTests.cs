using System.Text.Json;

namespace Millrace.Cli.Tests;

/// <summary>Every sample, run from the command line with its own input.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Folder())
        .Where(file => Path.GetExtension(file) is ".json" or ".yaml" && !file.EndsWith(".tests.yaml", StringComparison.Ordinal))
        .Select(file => Path.GetFileName(file))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_gives_the_result_that_it_says(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var inputs = Path.Combine(Folder(), "cases", $"{name}.inputs.json");
        string[] given = File.Exists(inputs)
            ? ["--inputs", $"@{inputs}"]
            : ["--input", $"@{Path.Combine(Folder(), "cases", $"{name}.input.json")}"];

        var result = await CommandResult.RunHereAsync(["run", Path.Combine(Folder(), file), .. given]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(
            JsonElement.DeepEquals(
                Json(
                    await File.ReadAllTextAsync(
                        Path.Combine(Folder(), "cases", $"{name}.expected.json"), TestContext.Current.CancellationToken)),
                Json(result.Out)),
            result.Out);
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    internal static string Folder()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return Path.Combine(root.FullName, "samples");
    }
}
