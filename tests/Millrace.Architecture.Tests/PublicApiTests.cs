using System.Reflection;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Testing.Workflows;
using PublicApiGenerator;

namespace Millrace.Architecture.Tests;

/// <summary>
/// The packages that others build on change only on purpose: what each makes public is written down in docs/api, and a change of it shows
/// in the review. To write it anew, run this class with MILLRACE_UPDATE_DOCS=1.
/// </summary>
public sealed class PublicApiTests
{
    private const string UpdateSwitch = "MILLRACE_UPDATE_DOCS";

    // The assemblies' own attributes say nothing about what can be called.
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    public static TheoryData<string> Packages => [.. Assemblies.Select(assembly => assembly.GetName().Name!)];

    private static readonly Assembly[] Assemblies =
        [typeof(Machine).Assembly, typeof(MillraceEngine).Assembly, typeof(WorkflowTestCase).Assembly];

    [Theory]
    [MemberData(nameof(Packages))]
    public async Task The_documented_public_surface_is_that_of_the_package(string package)
    {
        var assembly = Assemblies.Single(assembly => assembly.GetName().Name == package);
        var now = assembly.GeneratePublicApi(Options).ReplaceLineEndings("\n") + "\n";

        var path = Path.Combine(Root(), "docs", "api", $"{package}.txt");
        if (Environment.GetEnvironmentVariable(UpdateSwitch) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, now, TestContext.Current.CancellationToken);
        }
        var kept = !File.Exists(path)
            ? ""
            : (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");

        Assert.True(kept == now, $"docs/api/{package}.txt is not what {package} makes public.{Difference(kept, now)} If that is meant, "
            + $"run this test with {UpdateSwitch}=1, commit the file and tell it in CHANGELOG.md.");
    }

    // The first lines that came or went, so that a failure can be read without a second tool.
    private static string Difference(string kept, string now)
    {
        var before = kept.Split('\n');
        var after = now.Split('\n');
        var gone = before.Except(after).Take(5).Select(line => $"\n- {line.Trim()}");
        var came = after.Except(before).Take(5).Select(line => $"\n+ {line.Trim()}");
        return string.Concat([.. gone, .. came, "\n"]);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Millrace.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return directory.FullName;
    }
}
