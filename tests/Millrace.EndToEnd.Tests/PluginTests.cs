using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>Custom node types: the sample, built as a stranger does, in the plug-ins' folder of the real server.</summary>
public sealed class PluginTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millrace-plugins-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_custom_node_runs_and_every_plugin_that_cannot_be_used_is_named()
    {
        await using var server = await ServerProcess.StartAsync(("ACME_LEDGER", Path.Combine(_folder.FullName, "ledger.jsonl")));
        server.Kill();
        var plugins = Path.Combine(server.DataDirectory, "plugins");
        var good = await BuildSampleAsync(Path.Combine(plugins, "AcmeNodes"));
        MakeBroken(plugins, good);

        Assert.False(await server.TryStartAgainAsync(ServerProcess.Patience), "The server starts with plug-ins that it cannot use.");
        Assert.Contains("Garbage.dll cannot be used: it is not a .NET assembly", server.Output, StringComparison.Ordinal);
        Assert.Contains("Empty.dll cannot be used: it is missing", server.Output, StringComparison.Ordinal);
        Assert.Contains("Elsewhere.dll cannot be used: it is a link", server.Output, StringComparison.Ordinal);
        Assert.Contains("LinkedFile.dll cannot be used: it is a link", server.Output, StringComparison.Ordinal);
        Assert.Contains("Newer.dll cannot be used: it is built against Millrace.Core 0.9.", server.Output, StringComparison.Ordinal);
        Assert.Contains("NodaTime.dll cannot be used: it does not name the class of its node types", server.Output, StringComparison.Ordinal);
        Assert.Contains("Twice.dll cannot be used: its node type 'maskField' has a name that AcmeNodes.dll already uses", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("AcmeNodes.dll cannot be used", server.Output, StringComparison.Ordinal);

        foreach (var folder in new DirectoryInfo(plugins).GetDirectories().Where(folder => folder.Name != "AcmeNodes"))
            folder.Delete(recursive: folder.LinkTarget is null);
        await server.StartAgainAsync();
        await RunSampleAsync(server);
    }

    private async Task RunSampleAsync(ServerProcess server)
    {
        var (saved, workflow) = await server.PostAsync("api/v1/workflows", await File.ReadAllTextAsync(Path.Combine(Sample, "workflow.yaml"), TestContext.Current.CancellationToken), "application/yaml");
        Assert.True(saved == HttpStatusCode.Created, workflow.ToString());
        var (_, execution) = await server.PostAsync("api/v1/workflows/acme-payment/execute?wait=60", """{"input":{"card":"4111111111111111","amount":5}}""");
        Assert.Equal("""{"number":1,"text":"5 from ************1111"}""", execution.GetProperty("result").GetRawText());
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "ledger.jsonl"), TestContext.Current.CancellationToken));

        // Its config is described and checked as that of any other type.
        var type = await server.GetAsync("api/v1/nodes/mask_field");
        Assert.Equal("The field to read.", type.GetProperty("configSchema").GetProperty("properties").GetProperty("inputField").GetProperty("description").GetString());
        var (status, refused) = await server.PostAsync("api/v1/workflows", """{"name":"t","nodes":[{"id":"mask","type":"maskField","config":{"inputField":"a","outputField":"b","keep":-1}}],"edges":[]}""");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/nodes/0/config/keep"), (status, refused.GetProperty("errors")[0].GetProperty("pointer").GetString()));
    }

    private static void MakeBroken(string plugins, FileInfo good)
    {
        File.WriteAllText(FileOf(plugins, "Garbage"), "This is no assembly.");
        File.Delete(FileOf(plugins, "Empty"));
        Directory.CreateSymbolicLink(Path.Combine(plugins, "Elsewhere"), good.DirectoryName!);
        File.CreateSymbolicLink(FileOf(plugins, "LinkedFile"), good.FullName);
        File.Copy(Path.Combine(ServerDirectory, "NodaTime.dll"), FileOf(plugins, "NodaTime"));
        good.CopyTo(FileOf(plugins, "Twice"));
        File.WriteAllBytes(FileOf(plugins, "Newer"), WithReferencesTo("Millrace.Core", 9, File.ReadAllBytes(good.FullName)));
    }

    private static string FileOf(string plugins, string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(plugins, name)).FullName, name + ".dll");

    // What a compiler writes that is given a later version of the assembly.
    private static byte[] WithReferencesTo(string name, ushort minor, byte[] assembly)
    {
        using var image = new PEReader(new MemoryStream(assembly));
        var metadata = image.GetMetadataReader();
        var handle = metadata.AssemblyReferences.Single(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name) == name);
        var row = metadata.GetTableMetadataOffset(TableIndex.AssemblyRef) + ((MetadataTokens.GetRowNumber(handle) - 1) * metadata.GetTableRowSize(TableIndex.AssemblyRef));
        BinaryPrimitives.WriteUInt16LittleEndian(assembly.AsSpan(image.PEHeaders.MetadataStartOffset + row + 2), minor);
        return assembly;
    }

    private async Task<FileInfo> BuildSampleAsync(string output)
    {
        var copy = Path.Combine(_folder.FullName, "acme");
        foreach (var file in Directory.EnumerateFiles(Sample, "*", SearchOption.AllDirectories).Where(file => !Path.GetRelativePath(Sample, file).Split('/', '\\').Any(part => part is "bin" or "obj")))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Sample, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        // In the words of its README.
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { "build", "-c", "Release", "AcmeNodes", "-o", output }, WorkingDirectory = copy, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["MillraceDir"] = ServerDirectory;
        using var build = Process.Start(start)!;
        var said = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, said);
        return new FileInfo(Path.Combine(output, "AcmeNodes.dll"));
    }

    private static string Sample => Path.Combine(Root, "samples", "custom-node");

    private static string ServerDirectory => Path.Combine(Root, "src", "Millrace.Server", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");

    private static string Root
    {
        get
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
                root = root.Parent;
            return root.FullName;
        }
    }
}
