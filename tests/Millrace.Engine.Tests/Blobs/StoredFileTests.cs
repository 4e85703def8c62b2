using System.Text;
using System.Threading.Channels;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;

namespace Millrace.Engine.Tests.Blobs;

/// <summary>Files that effects store, on the disk and on their way through executions.</summary>
public sealed class StoredFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-files-");
    private readonly FileBlobStore _blobs;

    public StoredFileTests() => _blobs = new FileBlobStore(_directory.FullName, TimeProvider.System);

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200_000)]
    public async Task A_file_comes_back_as_it_was(int size)
    {
        var content = new byte[size];
        for (var i = 0; i < size; i++)
            content[i] = (byte)(i * 7);
        var (id, stored) = (await _blobs.PutFileAsync("acme", new FileHead("image/png", "ä.png"), new MemoryStream(content), size, CancellationToken.None))!.Value;

        using var file = _blobs.OpenFile("acme", id)!;
        using var copy = new MemoryStream();
        await file.Content.CopyToAsync(copy);

        Assert.Equal((size, size), (stored, file.Size));
        Assert.Equal(new FileHead("image/png", "ä.png"), file.Head);
        Assert.Equal(content, copy.ToArray());
        Assert.Single(_directory.GetFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Disks_are_waited_for_on_the_scheduler_and_never_on_the_caller_s_thread()
    {
        var id = await PutAsync("acme", "x");
        var scheduler = new HeldWork();
        var blobs = new FileBlobStore(_directory.FullName, TimeProvider.System, scheduler);

        var kept = blobs.KeepFileAsync("acme", id, TestContext.Current.CancellationToken).AsTask();
        Assert.False(kept.IsCompleted);
        scheduler.RunAll();
        Assert.True(await kept.InTimeAsync());

        var put = blobs.PutFileAsync("acme", new FileHead("text/plain"), new MemoryStream([1, 2]), 2, CancellationToken.None);
        Assert.False(put.IsCompleted);
        Assert.Single(_directory.GetFiles("*", SearchOption.AllDirectories));
        while (!put.IsCompleted)
        {
            await Task.WhenAny(put, scheduler.WhenAnyAsync()).InTimeAsync();
            scheduler.RunAll();
        }
        Assert.Equal(2, (await put)!.Value.Size);
    }

    [Fact]
    public async Task The_same_file_is_stored_once_for_each_tenant()
    {
        var first = await PutAsync("acme", "x");
        Assert.Equal(first, await PutAsync("acme", "x"));
        Assert.NotEqual(first, await PutAsync("acme", "y"));
        Assert.NotEqual(first, await PutAsync("acme", "x", "text/html"));
        var other = await PutAsync("other", "x");
        Assert.NotEqual(first[..64], other[..64]);
        Assert.Equal(4, _directory.GetFiles("*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Another_tenants_file_is_not_there()
    {
        var id = await PutAsync("acme", "x");
        Assert.Null(_blobs.OpenFile("other", id));
        Assert.False(await _blobs.KeepFileAsync("other", id));
        Assert.True(await _blobs.KeepFileAsync("acme", id));
        Assert.Null(await _blobs.GetAsync("acme", id));
        Assert.Null(_blobs.OpenFile("acme", "../" + id));
    }

    [Fact]
    public async Task A_file_that_is_too_large_leaves_nothing()
    {
        Assert.Null(await _blobs.PutFileAsync("acme", new FileHead("a/b"), new MemoryStream(new byte[1001]), 1000, CancellationToken.None));
        Assert.Empty(_directory.GetFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_source_that_breaks_leaves_nothing_and_is_no_fault_of_the_disk()
    {
        await Assert.ThrowsAsync<IOException>(() => _blobs.PutFileAsync("acme", new FileHead("a/b"), new Broken(), 1000, CancellationToken.None));
        Assert.Empty(_directory.GetFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_disk_that_takes_nothing_is_the_stores_trouble()
    {
        var blocked = new FileBlobStore(Path.Combine(_directory.FullName, "file"), TimeProvider.System);
        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, "file"), "");
        await Assert.ThrowsAsync<StoreException>(() => blocked.PutFileAsync("acme", new FileHead("a/b"), new MemoryStream([1]), 1000, CancellationToken.None));
    }

    [Theory]
    [InlineData("a.txt", "a.txt")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData(@"C:\x\y.txt", "y.txt")]
    [InlineData("a\r\n\u202Egpj.exe", "agpj.exe")]
    [InlineData("..", null)]
    [InlineData("dir/", null)]
    [InlineData(null, null)]
    public void A_name_is_only_a_name(string? given, string? clean) => Assert.Equal(clean, FileNames.Clean(given));

    [Fact]
    public async Task Whatever_execution_a_file_is_passed_on_to_refers_to_it()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"s","type":"start"},{"id":"a","type":"effect"}""", """{"source":"s","target":"a"}""");
        effects.Body = async (context, cancellation) => NodeOutcome.Completed(context.Data.IsNull || context.Data.AsMap().Count == 0
            ? Value.List((await context.Files.StoreAsync(new MemoryStream("content"u8.ToArray()), "text/plain", "a.txt", 100, cancellation))!.ToValue())
            : context.Data);

        var first = await host.RunAsync("w");
        var file = FileValue.TryRead(ValueJson.Parse(first.Result.Utf8.Span).AsList()[0])!;
        Assert.Equal(("text/plain", 7, "a.txt"), (file.MediaType, file.Size, file.Name));
        Assert.True(await host.Store.RefersToBlobAsync("acme", file.Blob));
        using (var opened = (await host.History.OpenFileAsync("acme", file.Blob))!)
        using (var reader = new StreamReader(opened.Content, Encoding.UTF8))
            Assert.Equal("content", await reader.ReadToEndAsync());

        // The second execution only hands it through, in its input; it refers to it when the first is gone.
        var second = await host.StartAsync("w", ((Value)MapValue.Of("file", file.ToValue())).ToJson());
        Assert.Equal(ExecutionStatus.Completed, (await second.Ended.WaitAsync(TestEngine.Patience)).Status);
        Assert.All(await host.Engine.DeleteAsync("acme", [first.Id]), outcome => Assert.Equal(WriteOutcome.Done, outcome));
        Assert.True(await host.Store.RefersToBlobAsync("acme", file.Blob));
        Assert.All(await host.Engine.DeleteAsync("acme", [second.Execution.Id]), outcome => Assert.Equal(WriteOutcome.Done, outcome));
        Assert.False(await host.Store.RefersToBlobAsync("acme", file.Blob));
    }

    [Fact]
    public async Task What_only_looks_like_a_file_is_not_referred_to()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"s","type":"start"}""", "");
        var forged = new string('a', 80);
        var started = await host.StartAsync("w", $$"""{"blob":"{{forged}}","mediaType":"a/b","size":1}""");
        await started.Ended.WaitAsync(TestEngine.Patience);
        Assert.False(await host.Store.RefersToBlobAsync("acme", forged));
    }

    private async Task<string> PutAsync(string tenant, string text, string mediaType = "text/plain") =>
        (await _blobs.PutFileAsync(tenant, new FileHead(mediaType), new MemoryStream(Encoding.UTF8.GetBytes(text)), 1000, CancellationToken.None))!.Value.Id;

    private sealed class Broken : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("cut");
    }

    /// <summary>Work that is done when the test says so.</summary>
    private sealed class HeldWork : EngineScheduler
    {
        private readonly Channel<IThreadPoolWorkItem> _work = Channel.CreateUnbounded<IThreadPoolWorkItem>();

        public override void Schedule(IThreadPoolWorkItem work) => _work.Writer.TryWrite(work);

        public Task<bool> WhenAnyAsync() => _work.Reader.WaitToReadAsync().AsTask();

        public void RunAll()
        {
            while (_work.Reader.TryRead(out var work))
                work.Execute();
        }
    }
}
