using System.Text;
using Millrace.Core.Values;
using Millrace.Engine.Workflows;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests.Security;

/// <summary>
/// Security case 9: nothing that a caller or a document says becomes a path. What would be found by one that does is laid out: the key files and the database in the
/// data directory, and a file above it.
/// </summary>
public sealed class PathTests : IAsyncLifetime
{
    private readonly ServerFixture _server = new();
    private Dictionary<string, string> _before = [];

    public static TheoryData<string> Ways => new(
        "../secrets.key", "../../secrets.key", "..\\secrets.key", "../../../../../../etc/passwd", "/etc/passwd", "C:\\Windows\\win.ini", "\\\\host\\share",
        "%2e%2e%2fsecrets.key", "..%2fsecrets.key", "..%5csecrets.key", "%252e%252e%252fsecrets.key", "....//secrets.key", "..;/secrets.key", "a/../../../secrets.key",
        "secrets.key\0.json", "./../secrets.key", "file:///etc/passwd", "~/secrets.key", "..", ".", "/", "\\", "NUL", "CON.txt", "..\u2215secrets.key", "\uff0e\uff0e/secrets.key");

    // No document can have a NUL.
    public static TheoryData<string> WaysInDocuments => [.. Ways.Select(row => row.Data).Where(way => !way.Contains('\0'))];

    private string Root => Path.GetDirectoryName(_server.DataDirectory)!;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await _server.SendAsync(HttpMethod.Put, "/api/v1/secrets/kept", """{"value": "v"}""");
        await File.WriteAllTextAsync(Path.Combine(Root, "above.txt"), "above");
        _before = Contents();
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_storage_node_stays_in_its_bucket(string way)
    {
        var text = ((Value)way).ToJson();
        foreach (var operation in (string[])["put", "get", "delete", "list"])
        {
            foreach (var field in (string[])["key", "bucket"])
            {
                var other = string.Equals(field, "key", StringComparison.Ordinal) ? "\"bucket\": \"b\"" : "\"key\": \"k\"";
                var answer = await _server.PostAsync("/api/v1/nodes/storage/test", $$"""{"config": {"operation": "{{operation}}", {{other}}, "{{field}}": {{text}}, "content": "x"}, "input": null}""");
                Assert.True(answer.Status is 200 or 422, answer.Text);
                Assert.DoesNotContain("root:", answer.Text);
            }
        }
        AssertUntouched();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_id_is_no_path(string way)
    {
        foreach (var path in (string[])["/api/v1/blobs/", "/api/v1/workflows/", "/api/v1/executions/", "/api/v1/secrets/", "/api/v1/nodes/", "/webhooks/", "/callbacks/", "/api/v1/approvals/", "/docs/api/", "/openapi/"])
        {
            var raw = path + (way.Contains('%', StringComparison.Ordinal) ? way : Uri.EscapeDataString(way));
            var answer = await _server.GetAsync(raw);
            Assert.True(answer.Status is >= 200 and < 500, $"{raw}: {answer.Status} {answer.Text}");
            Assert.DoesNotContain("root:", answer.Text);
        }
        AssertUntouched();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_imported_or_chosen_id_is_no_path(string way)
    {
        var id = ((Value)way).ToJson();
        var created = await _server.PostAsync("/api/v1/workflows", $$"""{"id": {{id}}, "name": {{id}}, "nodes": [{"id": {{id}}, "type": "noop"}], "edges": []}""");
        var imported = await _server.PostAsync("/api/v1/workflows/import", $$"""{"id": {{id}}, "name": "X", "nodes": [{"id": "a", "type": "noop"}], "edges": []}""");

        // What Windows takes for a device is an id like any other: no file has it as a name.
        if (!WorkflowLibrary.IsId(way))
            Assert.True(created.Status is 400 or 422 && imported.Status is 400 or 422, created.Text);
        AssertUntouched();
    }

    [Theory]
    [MemberData(nameof(WaysInDocuments))]
    public async Task A_value_that_looks_like_a_stored_file_opens_none(string way)
    {
        var file = $$"""{"blob": {{((Value)way).ToJson()}}, "mediaType": "text/plain", "size": 5}""";
        var workflow = await _server.CreateAsync($$"""
            {"name": "File", "nodes": [
              {"id": "hook", "type": "webhook", "config": {"path": "{{Guid.NewGuid():n}}", "responseMode": "respond"} },
              {"id": "answer", "type": "respond", "config": {"body": {{file}} } }],
             "edges": [{"source": "hook", "target": "answer"}]}
            """);
        var path = (await _server.GetAsync($"/api/v1/workflows/{workflow}"))["nodes"].AsList()[0]["config"]["path"].AsString();

        var answer = await _server.PostAsync("/webhooks/" + path, "{}");
        var put = await _server.PostAsync("/api/v1/nodes/storage/test", $$"""{"config": {"bucket": "b", "key": "k", "content": {{file}} }, "input": null}""");

        Assert.Equal((500, "unreadable_data"), (answer.Status, answer["code"].AsString()));
        Assert.DoesNotContain("root:", put.Text);
        AssertUntouched();
    }

    private void AssertUntouched()
    {
        var now = Contents();
        foreach (var (path, content) in _before)
            Assert.Equal(content, now.GetValueOrDefault(path));
        // Whatever was stored lies where it belongs.
        foreach (var path in now.Keys.Except(_before.Keys, StringComparer.Ordinal))
            Assert.True(path.StartsWith(Path.Combine("data", "storage", "default") + Path.DirectorySeparatorChar, StringComparison.Ordinal), $"There is '{path}'.");
    }

    // The database and its parts change of course; that its content is right is asked elsewhere.
    private Dictionary<string, string> Contents() => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        .Select(path => (Path: Path.GetRelativePath(Root, path), Full: path))
        .Where(file => !file.Path.Contains("millrace.db", StringComparison.Ordinal) && !file.Path.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(file => file.Path, file => Convert.ToBase64String(Encoding.UTF8.GetBytes(File.ReadAllText(file.Full))), StringComparer.Ordinal);
}
