using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Millrace.Core.Values;
using Millrace.Nodes.Code;

namespace Millrace.Nodes.Tests.Code;

/// <summary>Code that wants out, or wants everything. It is held, told what it may not, and others go on.</summary>
public sealed class SandboxTests(Sandboxed sandbox) : IClassFixture<Sandboxed>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("python",
        "import os\nn = 0\ntry:\n    while True:\n        if os.fork() == 0:\n            while True: pass\n        n += 1\nexcept "
            + "OSError as e:\n    return [n < 32, e.errno]",
        "[true,11]")]
    public async Task A_fork_bomb_is_held(string language, string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, code));

    [Theory]
    [InlineData("python", "x = bytearray(10 * 1000 ** 3)\nreturn len(x)")]
    [InlineData("python", "x = []\nwhile True:\n    x.append(bytes(1000000))")]
    [InlineData("javascript", "const all = []; for (;;) all.push(new Uint8Array(10 * 1000 * 1000).fill(1));")]
    [InlineData("javascript", "return 'x'.repeat(5e8).length;")]
    [InlineData("javascript", "const all = []; for (;;) all.push('x'.repeat(1e6) + all.length);")]
    [InlineData("javascript", "let o = {}; for (;;) o = { o };")]
    [InlineData("javascript", "const all = []; for (;;) all.push(new Array(100000).fill(all.length));")]
    public async Task An_allocation_of_ten_gigabytes_fails(string language, string code)
    {
        var error = await sandbox.ErrorAsync(language, code);
        Assert.Matches("[Mm]emory|allocation failed|ended without a result", error.Message);
    }

    [Theory]
    [InlineData("python", "while True:\n    print('x' * 1000)")]
    [InlineData("javascript", "for (;;) console.log('x'.repeat(1000));")]
    [InlineData("python", "import sys\nwhile True:\n    sys.stdout.write('x')")]
    public async Task Endless_output_ends(string language, string code) =>
        Assert.Contains("wrote more than", (await sandbox.ErrorAsync(language, code)).Message);

    [Theory]
    [InlineData("python", "return 'x' * 20000000")]
    [InlineData("javascript", "return 'x'.repeat(20000000);")]
    public async Task A_result_beyond_all_measure_is_told(string language, string code) =>
        Assert.Contains("more than 10 MiB", (await sandbox.ErrorAsync(language, code)).Message);

    [Theory]
    [InlineData("python", "while True: pass")]
    [InlineData("javascript", "for (;;);")]
    [InlineData("javascript", "await new Promise(() => setTimeout(() => {}, 1e9));")]
    public async Task What_never_ends_is_ended_with_all_that_it_started(string language, string code)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = sandbox.RunAsync(language, code, cancellation: cancellation.Token);
        cancellation.CancelAfter(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("python",
        "import os\nn = 0\nheld = []\ntry:\n    while True:\n        held.append(os.open('/dev/null', os.O_RDONLY))\nexcept OSError "
            + "as e:\n    return [len(held) < 64, e.errno]",
        "[true,24]")]
    public async Task Descriptors_run_out_for_itself_only(string language, string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, code));

    [Fact]
    public async Task It_has_no_descriptor_of_the_server() =>
        Assert.Equal("[0,1,2,3]",
            await sandbox.ResultAsync("python",
                "import os\ndef is_open(n):\n    try:\n        os.fstat(n)\n        return True\n    except OSError:\n        return "
            + "False\nreturn [n for n in range(64) if is_open(n)]"));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/etc/hostname")]
    [InlineData("/proc/1/environ")]
    [InlineData("/proc/self/status")]
    [InlineData("/sys/kernel")]
    [InlineData("/root")]
    [InlineData("/home")]
    [InlineData("/var/lib")]
    [InlineData("/run")]
    [InlineData("/dev/kmsg")]
    [InlineData("/dev/mem")]
    [InlineData("/dev/sda")]
    public async Task Nothing_of_the_host_is_there(string path) =>
        Assert.Equal("false", await sandbox.ResultAsync("python", $"import os\nreturn os.path.exists('{path}')"));

    [Fact]
    public async Task Neither_the_servers_folder_nor_its_files_are_there() =>
        Assert.Equal("[false,false]",
            await sandbox.ResultAsync("python", "import os\nreturn [os.path.exists(p) for p in data]",
                $"[{System.Text.Json.JsonSerializer.Serialize(AppContext.BaseDirectory)},{System.Text.Json.JsonSerializer.Serialize(Environment.CurrentDirectory)}]"));

    [Theory]
    [InlineData("python", "import os\nreturn sorted(os.environ)", "[\"HOME\",\"LANG\",\"PWD\"]")]
    public async Task Its_environment_is_empty(string language, string code, string names) =>
        Assert.Equal(names, await sandbox.ResultAsync(language, code));

    [Theory]
    [InlineData("/usr/bin/x")]
    [InlineData("/x")]
    [InlineData("/dev/x")]
    public async Task Nothing_can_be_written_but_in_its_own_folder(string path) =>
        Assert.Equal("true",
            await sandbox.ResultAsync("python", $"try:\n    open('{path}', 'w')\n    return False\nexcept OSError:\n    return True"));

    [Fact]
    public async Task Its_own_folder_is_small() =>
        Assert.Equal("true",
            await sandbox.ResultAsync("python",
                "try:\n    for i in range(100):\n        open(f'/tmp/{i}', 'wb').write(bytes(1000000))\n    return False\nexcept "
            + "OSError as e:\n    return True"));

    [Fact]
    public async Task There_is_no_network()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        const string Connect = "import socket\ndef attempt(family, address):\n    try:\n        socket.socket(family, "
            + "socket.SOCK_STREAM).connect(address)\n        return 'connected'\n    except OSError as e:\n        return 'refused'\n"
            + "return [attempt(socket.AF_INET, ('127.0.0.1', data)), attempt(socket.AF_INET, ('169.254.169.254', 80)), "
            + "attempt(socket.AF_UNIX, '/run/docker.sock')]";
        Assert.Equal("[\"refused\",\"refused\",\"refused\"]",
            await sandbox.ResultAsync("python", Connect, $"{((IPEndPoint)listener.LocalEndpoint).Port}"));
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("import mmap\nmmap.mmap(-1, 2500000000)\nreturn 1")]
    [InlineData("import mmap, os\nf = open('/tmp/x', 'wb+')\nf.truncate(2500000000)\nmmap.mmap(f.fileno(), 2500000000)\nreturn 1")]
    [InlineData("import os\nos.memfd_create('x')\nreturn 1")]
    [InlineData("from multiprocessing import shared_memory\nshared_memory.SharedMemory(create=True, size=2500000000)\nreturn 1")]
    public async Task Memory_has_one_limit_however_it_is_asked_for(string code)
    {
        var error = await sandbox.ErrorAsync("python", code, rest: ""","memoryMb":32""");
        Assert.Matches("Error", error.Details["type"].AsString());
    }

    [Theory]
    [InlineData("io_uring_setup", 425)]
    [InlineData("shmget", 29)]
    [InlineData("memfd_create", 319)]
    [InlineData("ptrace", 101)]
    [InlineData("bpf", 321)]
    [InlineData("keyctl", 250)]
    [InlineData("unshare", 272)]
    [InlineData("setns", 308)]
    [InlineData("userfaultfd", 323)]
    [InlineData("perf_event_open", 298)]
    [InlineData("process_vm_readv", 310)]
    [InlineData("pidfd_open", 434)]
    [InlineData("mq_open", 240)]
    [InlineData("setxattr", 188)]
    [InlineData("execve", 59)]
    public async Task The_kernels_larger_doors_are_closed(string name, int number)
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, $"the number of {name} is that of x64");
        Assert.Equal("1", await sandbox.ResultAsync("python",
            $"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.syscall({number}, 0, 0, 0, 0, 0)\nreturn ctypes.get_errno()"));
    }

    [Theory]
    [InlineData("import os\nwas = sorted(os.listdir('/tmp'))\nos.makedirs('/tmp/a/b')\nopen('/tmp/a/b/c', "
            + "'w').write('x')\nopen('/tmp/f', 'w').write('x')\nos.chmod('/tmp', 0o500)\nreturn was",
        "[]")]
    [InlineData("import os\nwas = int(os.stat('/tmp').st_mtime)\nos.utime('/tmp', (7, 7))\nreturn was", "0")]
    [InlineData("import os, resource\nwas = resource.getrlimit(resource.RLIMIT_NOFILE)[0]\ntry:\n    resource.prlimit(os.getppid(), "
            + "resource.RLIMIT_NOFILE, (3, 3))\nexcept PermissionError:\n    pass\nreturn was",
        "64")]
    public async Task Nothing_of_a_call_outlives_it(string code, string result)
    {
        for (var call = 0; call < 3; call++)
            Assert.Equal(result, await sandbox.ResultAsync("python", code));
    }

    [Fact]
    public async Task A_call_that_says_its_result_early_is_not_there_for_the_next()
    {
        sandbox.Need();
        const string Early = "import os, struct, time\ntext = b'{\"result\":\"early\"}'\nos.write(3, struct.pack('<I', len(text)) + "
            + "text)\ntime.sleep(30)\nreturn 1";
        Assert.Equal("\"early\"", await sandbox.ResultAsync("python", Early));
        for (var call = 0; call < 4; call++)
            Assert.Equal($"{call}", await sandbox.ResultAsync("python", "return data", $"{call}"));
    }

    [Theory]
    [InlineData("python", "print('begun')\nwhile True: pass")]
    [InlineData("javascript", "console.log('begun'); for (;;);")]
    public async Task A_call_that_is_cancelled_leaves_no_process(string language, string code)
    {
        sandbox.Need();
        var folder = Directory.CreateTempSubdirectory("millrace-code-");
        try
        {
            // Its path is in the command of each process of this runtime, and of no other.
            var settings = new CodeSettings { Pool = 1, PythonPackages = folder.FullName, NodeModules = folder.FullName };
            using var runtime = new CodeRuntime(settings, TimeProvider.System);
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var call = MapValue.Of(("code", code), ("data", Value.Null));
            var running = runtime.RunAsync(language, 128, call, (_, _) => begun.TrySetResult(), cancellation.Token);
            await begun.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.NotEmpty(Commands(folder.FullName));
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => running.WaitAsync(Patience, TestContext.Current.CancellationToken));
            for (var patience = Stopwatch.StartNew(); Commands(folder.FullName) is { Count: > 0 } left; await Task.Yield())
                Assert.True(patience.Elapsed < Patience, string.Join('\n', left));
        }
        finally
        {
            folder.Delete();
        }
    }

    private static List<string> Commands(string word) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Select(CommandOf)
            .Where(command => command.Contains(word, StringComparison.Ordinal)),
    ];

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline");
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }

    // Where code may start processes, one that leaves its call and goes on: by Python's own fork, or past it.
    [Theory]
    [InlineData("os.fork()")]
    [InlineData("ctypes.CDLL(None).fork()")]
    public async Task Without_a_sandbox_what_a_call_leaves_behind_holds_nobody_up(string fork)
    {
        sandbox.Need();
        using var runtime = new CodeRuntime(new CodeSettings { Sandbox = CodeSandbox.None, Pool = 1 }, TimeProvider.System);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("millrace-code-");
        try
        {
            // It lives until its folder is gone.
            var code = $"""
                import ctypes, os, time
                if {fork} == 0:
                    os.setsid()
                    if {fork} == 0:
                        while os.path.exists(data): time.sleep(0.05)
                    os._exit(0)
                os.wait()
                print('left')
                while True: pass
                """;
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var call = MapValue.Of(("code", code), ("data", folder.FullName));
            var running = runtime.RunAsync("python", 128, call, (_, _) => left.TrySetResult(), cancellation.Token);
            await left.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => running.WaitAsync(Patience, TestContext.Current.CancellationToken));
            call = MapValue.Of(("code", "return 1"), ("data", Value.Null));
            var next = runtime.RunAsync("python", 128, call, (_, _) => { }, TestContext.Current.CancellationToken);
            Assert.Equal("1", (await next.WaitAsync(Patience, TestContext.Current.CancellationToken)).Output.ToJson());
        }
        finally
        {
            folder.Delete();
        }
    }

    [Fact]
    public async Task It_has_no_power() =>
        Assert.Equal("[1000,\"refused\",\"refused\",\"refused\"]", await sandbox.ResultAsync("python", """
            import os, ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            def attempt(call):
                return 'done' if call() == 0 else 'refused'
            return [os.getuid(), attempt(lambda: libc.setuid(0)), attempt(lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)),
                attempt(lambda: libc.sethostname(b'x', 1))]
            """));

    [Fact]
    public async Task Others_go_on_while_code_takes_what_it_can()
    {
        sandbox.Need();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] greedy =
        [
            sandbox.RunAsync("python", "import os\ntry:\n    while True: os.fork()\nexcept OSError: pass\nwhile True: pass",
                cancellation: cancellation.Token),
            sandbox.RunAsync("python",
                "x = []\nwhile True:\n    try:\n        x.append(bytes(100000))\n    except MemoryError:\n        x = []",
                cancellation: cancellation.Token),
            sandbox.RunAsync("javascript", "for (;;);", cancellation: cancellation.Token),
        ];
        var watch = Stopwatch.StartNew();
        Assert.Equal("3", await sandbox.ResultAsync("python", "return 1 + 2"));
        Assert.True(watch.Elapsed < Patience, $"{watch.Elapsed}");
        await cancellation.CancelAsync();
        foreach (var task in greedy)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }
}
