using System.Diagnostics;
using System.Globalization;

namespace Millrace.Bench.Peers;

/// <summary>A PostgreSQL of the machine's own version with its default settings, in a directory of its own.</summary>
internal sealed class PostgreSql : IDisposable
{
    private readonly string _data;
    private readonly int _port;
    private readonly Process _process;

    public PostgreSql(string directory, int port)
    {
        _data = Path.Combine(directory, "postgresql");
        _port = port;
        Directory.CreateDirectory(_data);
        if (IsRoot)
            Command.OutputOf("chown", "postgres", _data);
        Command.OutputOf([.. AsPostgres(), Program("initdb"), "--pgdata", _data, "--auth", "trust", "--username", "postgres"]);
        string[] command =
        [
            .. AsPostgres(),
            Program("postgres"),
            "-D",
            _data,
            "-p",
            Port,
            "-k",
            "",
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "log_min_messages=fatal",
        ];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        for (var clock = Stopwatch.StartNew(); !IsReady(); Thread.Sleep(50))
        {
            if (_process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException("PostgreSQL did not start.");
        }
    }

    public string Url => $"postgresql://postgres@127.0.0.1:{Port}/bench";

    public int ProcessId => _process.Id;

    private string Port => _port.ToString(CultureInfo.InvariantCulture);

    // PostgreSQL refuses to run as root.
    private static bool IsRoot => Environment.IsPrivilegedProcess;

    public string Describe() =>
        $"PostgreSQL {Ask("SHOW server_version")}, fsync={Ask("SHOW fsync")}, synchronous_commit={Ask("SHOW synchronous_commit")}, "
            + $"full_page_writes={Ask("SHOW full_page_writes")}, shared_buffers={Ask("SHOW shared_buffers")}";

    /// <summary>Bytes of its databases, without the write-ahead log, whose files are used again and again.</summary>
    public long Disk()
    {
        Ask("CHECKPOINT");
        return long.Parse(Ask("SELECT sum(pg_database_size(oid)) FROM pg_database"), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        Command.OutputOf([.. AsPostgres(), Program("pg_ctl"), "--pgdata", _data, "--mode", "fast", "stop"]);
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Ask(string sql) => Command.OutputOf(Program("psql"), "-h", "127.0.0.1", "-p", Port, "-U", "postgres", "-Atc", sql);

    private bool IsReady()
    {
        using var probe = Process.Start(new ProcessStartInfo(Program("pg_isready"), ["-q", "-h", "127.0.0.1", "-p", Port]))!;
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }

    private static string[] AsPostgres() => IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static string Program(string name)
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return versions.Length > 0
            ? Path.Combine(versions.Order(StringComparer.Ordinal).Last(), "bin", name)
            : throw new InvalidOperationException("PostgreSQL is missing: apt-get install postgresql-15");
    }
}
