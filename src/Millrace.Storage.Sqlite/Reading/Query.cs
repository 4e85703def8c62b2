using System.Text;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>A SELECT put together from fixed fragments; what users say only ever becomes a bound parameter.</summary>
internal sealed class Query
{
    private readonly StringBuilder _sql;
    private readonly List<Action<Statement>> _bindings = [];

    /// <summary>Starts with a SELECT and the parameters that its WHERE already has.</summary>
    public Query(string select, params ReadOnlySpan<string> parameters)
    {
        _sql = new StringBuilder(select);
        foreach (var parameter in parameters)
            _bindings.Add(statement => statement.Bind(parameter));
    }

    /// <summary>Adds a fragment with one parameter, named <c>?</c>.</summary>
    public Query With(string fragment, string value) => Add(fragment, statement => statement.Bind(value));

    /// <inheritdoc cref="With(string, string)"/>
    public Query With(string fragment, DateTimeOffset value) => Add(fragment, statement => statement.Bind(value));

    /// <inheritdoc cref="With(string, string)"/>
    public Query With(string fragment, long value) => Add(fragment, statement => statement.Bind(value));

    /// <summary>Adds a fragment without parameters.</summary>
    public Query With(string fragment) => Add(fragment, null);

    /// <summary>Adds a fragment that searches for text, wherever it stands, ignoring the case of ASCII letters.</summary>
    /// <param name="text">What to search for.</param>
    /// <param name="columns">What to search; any of them will do.</param>
    public Query WithText(string text, params ReadOnlySpan<string> columns) => WithLike(" and (", text, columns);

    /// <summary>Adds a column that is not 0 where text is found in any of some columns, as <see cref="WithText"/> finds it. It is null where they are.</summary>
    /// <inheritdoc cref="WithText"/>
    public Query WithMatch(string text, params ReadOnlySpan<string> columns) => WithLike(", (", text, columns);

    private Query WithLike(string opening, string text, ReadOnlySpan<string> columns)
    {
        var pattern = $"%{EscapeWildcards(text)}%";
        var separator = opening;
        foreach (var column in columns)
        {
            With($"{separator}{column} like ? escape '\\'", pattern);
            separator = " or ";
        }
        return With(")");
    }

    /// <summary>Orders by a column, largest first, and takes one page. Ends the text.</summary>
    public Query Page(Page page, string orderBy) =>
        With($" order by {orderBy} desc limit ?", Math.Clamp(page.Limit, 1, Engine.Storage.Page.MaxLimit)).With(" offset ?", Math.Max(page.Offset, 0));

    /// <summary>Runs the query and reads all rows.</summary>
    public List<T> Read<T>(Connection connection, Func<Statement, T> read)
    {
        var statement = Prepare(connection);
        List<T> rows = [];
        while (statement.Step())
            rows.Add(read(statement));
        return rows;
    }

    /// <summary>The statement, ready to be stepped through. Where that is not done to its end, it is to be reset.</summary>
    public Statement Prepare(Connection connection)
    {
        var statement = connection.Prepare(_sql.ToString());
        foreach (var bind in _bindings)
            bind(statement);
        return statement;
    }

    private static string EscapeWildcards(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private Query Add(string fragment, Action<Statement>? bind)
    {
        _sql.Append(fragment);
        if (bind is not null)
            _bindings.Add(bind);
        return this;
    }
}
