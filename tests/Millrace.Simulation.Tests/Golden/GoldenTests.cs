using System.Text;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Golden;

/// <summary>
/// What every released version wrote, this one reads, and comes to the same. A change that breaks this loses users' executions: keep reading the
/// old form. MILLRACE_WRITE_GOLDEN=VERSION writes the files of a version anew; that is done once, before its release.
/// </summary>
public sealed class GoldenTests
{
    private const int Worlds = 2;

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.jsonl", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Journals_of_every_version_are_read_to_the_state_that_they_had(string file)
    {
        var records = File.ReadAllLines(Path.Combine(Folder, file)).Select(line => ValueJson.Parse(line)).ToList();
        Assert.NotEmpty(records);
        foreach (var record in records)
        {
            var expected = record["state"].ToJson();
            Assert.True(expected == GoldenRecord.Replay(record, fromSnapshot: false).ToJson(), $"'{record["name"].AsString()}' of {file} is now {GoldenRecord.Replay(record, fromSnapshot: false).ToJson()}, and was {expected}.");
            Assert.True(expected == GoldenRecord.Replay(record, fromSnapshot: true).ToJson(), $"'{record["name"].AsString()}' of {file} is another after its snapshot.");
        }
    }

    [Fact]
    public void Every_construct_is_in_the_files_of_a_version()
    {
        if (Environment.GetEnvironmentVariable("MILLRACE_WRITE_GOLDEN") is { Length: > 0 } version)
            Write(version);
        var newest = Directory.GetDirectories(Folder, "v*").Order(StringComparer.Ordinal).Last();
        var names = File.ReadAllLines(Path.Combine(newest, "constructs.jsonl")).Select(line => ValueJson.Parse(line)["name"].AsString()).ToHashSet();
        Assert.Empty(All().Select(one => one.Name).Except(names));
    }

    private static void Write(string version)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "v" + version)).FullName;
        var text = new StringBuilder();
        foreach (var (name, plan) in All())
        {
            for (var seed = 0; seed < Worlds; seed++)
                text.Append(GoldenRecord.Make(name, plan, seed).ToJson()).Append('\n');
        }
        File.WriteAllText(Path.Combine(folder, "constructs.jsonl"), text.ToString());
    }

    private static IEnumerable<(string Name, Plan Plan)> All() => Constructs.Inner.Select(inner => (inner.Key, inner.Value.ToPlan()))
        .Concat(Constructs.Outer.Select(outer => ($"retry in {outer}", Constructs.Around(outer, Constructs.Inner["retry"], "o").ToPlan())));

    private static string Folder
    {
        get
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
                root = root.Parent;
            return Path.Combine(root.FullName, "tests", "Millrace.Simulation.Tests", "Golden");
        }
    }
}
