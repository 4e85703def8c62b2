namespace Millrace.Server.Tests.Hosting;

/// <summary>Nobody else on the machine can read what a server keeps.</summary>
public sealed class FilePermissionTests
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;

    [Fact]
    public async Task Everything_that_a_server_makes_is_its_user_s_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other permissions.");
        var elsewhere = Directory.CreateTempSubdirectory("millrace-permissions-");
        try
        {
            await using var server = await ServerFixture.StartAsync(
                "--database-path", Path.Combine(elsewhere.FullName, "base", "flows.db"),
                "--log-file", Path.Combine(elsewhere.FullName, "logs", "server.log"));
            await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/key", """{"value": "correct-horse"}""");
            var workflow = await server.CreateAsync("""
                {"name": "Keeps", "nodes": [
                  {"id": "keep", "type": "storage", "config": {
                    "operation": "put", "bucket": "b", "key": "a/b.txt", "content": "{{input.text}}"}},
                  {"id": "ask", "type": "approval", "config": {"title": "Sure?"}}], "edges": [{"source": "keep", "target": "ask"}]}
                """);
            var text = new string('x', 300_000);
            var execution = await server.ExecuteAsync(workflow, $$$"""{"input": {"text": "{{{text}}}"}}""");
            await using (var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events"))
                await events.UntilAsync("node_waiting");

            var data = new DirectoryInfo(server.DataDirectory);
            List<FileSystemInfo> made = [data, .. Below(data.FullName), .. Below(elsewhere.FullName)];

            Assert.Empty(made
                .Where(one => one.UnixFileMode != (one is DirectoryInfo ? OwnerDirectory : OwnerFile))
                .Select(one => $"{one.FullName}: {one.UnixFileMode}"));
            string[] names =
            [
                "flows.db", "flows.db-wal", "flows.db-shm", "flows.db.lock", "millrace.lock", "links.key", "secrets.key", "b.txt", "server.log",
            ];
            foreach (var name in names)
                Assert.Contains(made, one => one.Name == name);
            Assert.Contains(made, one => one.FullName.Contains(Path.Combine("blobs", ""), StringComparison.Ordinal) && one is FileInfo);
        }
        finally
        {
            elsewhere.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task What_was_there_before_keeps_its_permissions()
    {
        if (OperatingSystem.IsWindows())
            return;
        var elsewhere = Directory.CreateTempSubdirectory("millrace-permissions-");
        try
        {
            const UnixFileMode Group = OwnerFile | UnixFileMode.GroupRead;
            var database = Path.Combine(elsewhere.FullName, "flows.db");
            var log = Path.Combine(elsewhere.FullName, "server.log");
            foreach (var path in new[] { database, log })
            {
                await File.WriteAllBytesAsync(path, [], TestContext.Current.CancellationToken);
                File.SetUnixFileMode(path, Group);
            }
            await File.WriteAllTextAsync(log, "of yesterday\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(elsewhere.FullName, OwnerDirectory | UnixFileMode.GroupRead);

            await using var server = await ServerFixture.StartAsync("--database-path", database, "--log-file", log);

            Assert.Equal((Group, Group), (File.GetUnixFileMode(database), File.GetUnixFileMode(log)));
            Assert.Equal(OwnerDirectory | UnixFileMode.GroupRead, File.GetUnixFileMode(elsewhere.FullName));
        }
        finally
        {
            elsewhere.Delete(recursive: true);
        }
    }

    private static IEnumerable<FileSystemInfo> Below(string directory) =>
        new DirectoryInfo(directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories);
}
