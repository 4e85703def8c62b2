using Millrace.Engine.Nodes;

namespace AcmeNodes.Tests;

public sealed class NodeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("acme-");

    private string Ledger => Path.Combine(_folder.FullName, "ledger.jsonl");

    [Fact]
    public async Task All_but_the_last_characters_are_hidden()
    {
        var result = await RunAsync(new MaskFieldNode(), """{"inputField": "card", "outputField": "shown"}""", """{"card": "4111111111111111"}""");
        Assert.Equal("************1111", result.Outcome!.Output["shown"].AsString());
    }

    [Fact]
    public async Task A_missing_field_fails_and_a_wrong_config_is_not_saved()
    {
        Assert.Equal("data", (await RunAsync(new MaskFieldNode(), """{"inputField": "card", "outputField": "shown"}""", "{}")).Outcome!.Error!.Type);
        var unsaved = await RunAsync(new MaskFieldNode(), """{"inputField": "card", "keep": -1}""", "{}");
        Assert.Null(unsaved.Outcome);
        Assert.Contains(unsaved.Problems, problem => problem.Message.Contains("outputField", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_entry_is_written_once_however_often_the_effect_runs()
    {
        for (var i = 0; i < 2; i++)
        {
            var result = await RunAsync(new LedgerEntryNode(Ledger), """{"text": "paid {{data.amount}}"}""", """{"amount": 5}""");
            Assert.Equal((1, "paid 5"), (result.Outcome!.Output["number"].AsInt(), result.Outcome.Output["text"].AsString()));
        }
        Assert.Single(await File.ReadAllLinesAsync(Ledger, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_written_is_worth_another_attempt()
    {
        var result = await RunAsync(new LedgerEntryNode(Path.Combine(_folder.FullName, "missing", "ledger.jsonl")), """{"text": "paid"}""", "null");
        Assert.True(result.Outcome!.Error is { Type: "ledger", Retryable: true });
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<SingleNodeResult> RunAsync(NodeType type, string config, string data) =>
        await SingleNode.RunAsync(type, config, data, TimeProvider.System, TestContext.Current.CancellationToken);
}
