using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>The copy of an execution's variables that its row has.</summary>
public sealed class VariableRowTests
{
    [Fact]
    public async Task A_list_that_grows_is_not_written_whole_with_each_item()
    {
        var (journal, variables) = (0L, 0L);
        var store = new FaultyStore
        {
            Writing = batch =>
            {
                foreach (var advance in batch.OfType<AdvanceExecution>())
                {
                    journal += advance.Entry?.Events.Utf8.Length ?? 0;
                    variables += advance.Update?.Variables.Utf8.Length ?? 0;
                }
            },
        };
        await using var host = new TestEngine(new ScriptedEffects(), decorate: store.Decorate);
        await host.SaveAsync("collect", """
            {"id":"each","type":"forEach","config":{"items":"{{ input }}","body":{
              "nodes":[{"id":"work","type":"effect"},{"id":"note","type":"setVariable","config":{"name":"seen","value":"{{ string(item) + ' and as much text as a line of a log may have' }}","merge":"append"}}],
              "edges":[{"source":"work","target":"note"}]}}}
            """);

        var ended = await host.RunAsync("collect", $"[{string.Join(',', Enumerable.Range(0, 500))}]");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal(500, ValueJson.Parse(ended.Variables.Utf8.Span)["seen"].AsList().Count);
        // Until they are a kilobyte, variables are written each time.
        Assert.InRange(variables, ended.Variables.Utf8.Length, (journal * 1.1) + ended.Variables.Utf8.Length);
    }
}
