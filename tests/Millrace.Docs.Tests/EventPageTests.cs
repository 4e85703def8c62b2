using System.Runtime.CompilerServices;
using Millrace.Core.Executions;

namespace Millrace.Docs.Tests;

/// <summary>The page on concepts leaves no type of event out.</summary>
public sealed class EventPageTests
{
    [Fact]
    public void Every_type_of_event_is_listed()
    {
        var page = Repository.Read("docs/guide/concepts.md");
        var start = page.IndexOf("The types of events are", StringComparison.Ordinal);
        var list = page[start..page.IndexOf("\n\n", start, StringComparison.Ordinal)];
        var types = typeof(ExecutionEvent).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ExecutionEvent)) && !type.IsAbstract)
            .Select(type => EventJson.TypeOf((ExecutionEvent)RuntimeHelpers.GetUninitializedObject(type)))
            .ToArray();

        Assert.True(types.Length > 15);
        Assert.All(types, type => Assert.Contains($"`{type}`", list, StringComparison.Ordinal));
    }
}
