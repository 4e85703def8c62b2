using System.Text;
using Millrace.Engine.Storage;
using SQLitePCL;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>A prepared statement. Parameters are bound in order by <see cref="Bind(long)"/> and its kin, columns read by index.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    private const int StackBytes = 256;

    private int _bound;

    public Statement Bind(long value) => Bound(raw.sqlite3_bind_int64(handle, ++_bound, value));

    public Statement Bind(bool value) => Bind(value ? 1 : 0);

    public Statement Bind(long? value) => value is { } number ? Bind(number) : BindNull();

    public Statement Bind(DateTimeOffset value) => Bind(value.ToUnixTimeMilliseconds());

    public Statement Bind(DateTimeOffset? value) => value is { } time ? Bind(time) : BindNull();

    /// <summary>Binds text; absent JSON is NULL.</summary>
    public Statement Bind(JsonText value) => Bind(value.Utf8.Span);

    /// <summary>Binds UTF-8 text; an empty span is NULL.</summary>
    public Statement Bind(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? BindNull() : Bound(raw.sqlite3_bind_text(handle, ++_bound, utf8));

    public Statement Bind(string? value)
    {
        if (value is null)
            return BindNull();
        // The span overload cannot tell empty text from NULL.
        if (value.Length is 0 or > StackBytes / 3)
            return Bound(raw.sqlite3_bind_text(handle, ++_bound, value));
        Span<byte> utf8 = stackalloc byte[StackBytes];
        return Bound(raw.sqlite3_bind_text(handle, ++_bound, utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
    }

    public Statement BindNull() => Bound(raw.sqlite3_bind_null(handle, ++_bound));

    /// <summary>Runs it to its end and makes it ready for the next run.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run()
    {
        while (Step())
        {
        }
        return connection.Changes;
    }

    /// <summary>Moves to the next row; after the last it is ready for the next run.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        if (result == raw.SQLITE_ROW)
            return true;
        try
        {
            connection.Check(result);
        }
        finally
        {
            Reset();
        }
        return false;
    }

    /// <summary>Ends a run early. Its result code only repeats that of the failed step.</summary>
    public void Reset()
    {
        _ = raw.sqlite3_reset(handle);
        _bound = 0;
    }

    /// <summary>How many columns a row has.</summary>
    public int Columns => raw.sqlite3_column_count(handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(handle, column);

    public int Int(int column) => raw.sqlite3_column_int(handle, column);

    public bool Bool(int column) => Int(column) != 0;

    public ReadOnlySpan<byte> Utf8(int column) => raw.sqlite3_column_blob(handle, column);

    public string Text(int column) => Encoding.UTF8.GetString(Utf8(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public JsonText Json(int column) => new(Utf8(column).ToArray());

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Long(column));

    public DateTimeOffset? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

    public void Dispose() => handle.Dispose();

    private Statement Bound(int result)
    {
        connection.Check(result);
        return this;
    }
}
