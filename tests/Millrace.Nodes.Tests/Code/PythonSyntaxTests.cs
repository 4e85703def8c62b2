using Millrace.Nodes.Code;
using Millrace.Nodes.Code.Languages;
using Millrace.Nodes.Code.Sandboxing;
using Millrace.Nodes.Tests.Http;

namespace Millrace.Nodes.Tests.Code;

/// <summary>What becomes of checks that take too long. The interpreter here never starts, so none has an answer.</summary>
public sealed class PythonSyntaxTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly HttpHarness.SettableTime _time = new();
    private readonly ManualResetEventSlim _isOver = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly PythonSyntax _syntax;

    public PythonSyntaxTests() => _syntax = new PythonSyntax(Find, _time, Patience);

    [Fact]
    public void What_took_too_long_is_not_asked_again()
    {
        Assert.Null(_syntax.Check("a"));
        WasAsked();
        _time.Now += PythonSyntax.Pause;
        Assert.Null(_syntax.Check("a"));
        Assert.Null(_syntax.Check("b"));
        // For b alone.
        WasAsked();
        Assert.Equal(0, _asked.CurrentCount);
    }

    [Fact]
    public void After_one_that_took_too_long_none_is_asked_for_a_while()
    {
        for (var i = 0; i < 500; i++)
            Assert.Null(_syntax.Check($"a{i}"));
        WasAsked();
        Assert.Equal(0, _asked.CurrentCount);
    }

    public void Dispose()
    {
        _isOver.Set();
        _syntax.Dispose();
    }

    private void WasAsked() => Assert.True(_asked.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));

    private SandboxCommand? Find(out string? problem)
    {
        _asked.Release();
        _isOver.Wait();
        problem = "none";
        return null;
    }
}
