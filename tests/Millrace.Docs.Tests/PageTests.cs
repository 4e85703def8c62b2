namespace Millrace.Docs.Tests;

/// <summary>What the pages tell readers to do works, and what they show is true.</summary>
public sealed class PageTests(DocsServer shared)
{
    public static TheoryData<string> Pages => [.. Repository.Pages];

    public static TheoryData<string> PagesWithCommands =>
        [
            .. Repository.Pages.Where(
                page => Markdown.Blocks(Repository.Read(page)).Any(block => block.Language == "bash" && !PageRun.IsLeftOut(block))),
        ];

    [Theory]
    [MemberData(nameof(PagesWithCommands))]
    public async Task Every_command_on_a_page_runs_and_shows_what_the_page_shows(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pages are written for bash.");
        var page = Repository.Read(path);
        await using var server = PageRun.StartsServer(page) ? null : await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.1"));
        using var run = new PageRun(path, server?.BaseAddress.Port ?? FreePorts.Next(), FreePorts.Next(), server?.DataDirectory);

        var problem = await run.RunAsync([.. Markdown.Blocks(page)], TestContext.Current.CancellationToken);
        Assert.True(problem is null, problem);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_document_on_a_page_is_what_it_looks_like(string path)
    {
        foreach (var block in Markdown.Blocks(Repository.Read(path)).Where(block => block.Language is "json" or "yaml"))
        {
            var document = Documents.Parse(block.Text, block.Language);
            if (document is not IDictionary<string, object?> map
                || !(map.ContainsKey("nodes") || map.ContainsKey("steps"))
                || IsWrongOnPurpose(path, block))
                continue;
            var (_, body) = await shared.Server.PostAsync("api/v1/workflows/validate", block.Text, $"application/{block.Language}");
            Assert.True(body.TryGetProperty("valid", out var valid) && valid.GetBoolean(), $"{path}:{block.Line}: {body}");
            Assert.True(
                body.GetProperty("warnings").GetArrayLength() == 0 || block.Text.Contains("# warns", StringComparison.Ordinal),
                $"{path}:{block.Line}: {body.GetProperty("warnings")}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string path)
    {
        var page = Repository.Read(path);
        foreach (var link in Markdown.Links(page))
        {
            var parts = link.Split('#');
            var target = parts[0].Length == 0
                ? path
                : Path.GetRelativePath(
                    Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(path)!, parts[0])));
            Assert.True(Path.Exists(Repository.PathOf(target)), $"{path} links to {link}, which does not exist.");
            if (parts.Length == 2)
                Assert.Contains(parts[1], Markdown.Anchors(Repository.Read(target)));
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_expression_in_a_table_gives_what_the_table_says(string path)
    {
        var page = Repository.Read(path);
        var context = Markdown.Blocks(page).FirstOrDefault(block => block.Language == "json context")?.Text ?? "{}";
        foreach (var row in Markdown.Rows(page).Where(row => row.Headings is ["expression" or "template", "value", ..]))
        {
            var problem = await shared.CompareAsync(row.Cells[0], row.Cells[1], context, isTemplate: row.Headings[0] == "template");
            Assert.True(problem is null, $"{path}:{row.Line}: {row.Cells[0]}: {problem}");
        }
    }

    // A document that a page saves to show what the server says of it.
    private static bool IsWrongOnPurpose(string path, Block block) =>
        block.File is { } file
            && Path.GetFileNameWithoutExtension(file).StartsWith("wrong", StringComparison.Ordinal)
            && path.StartsWith("docs/", StringComparison.Ordinal);
}
