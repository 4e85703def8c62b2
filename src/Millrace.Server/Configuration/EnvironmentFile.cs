namespace Millrace.Server.Configuration;

/// <summary>Reads a <c>.env</c> file: lines of NAME=VALUE, quotes and comments allowed.</summary>
internal static class EnvironmentFile
{
    public static Dictionary<string, string?> Read(string path, ICollection<string> problems)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (!File.Exists(path))
            return values;
        var number = 0;
        foreach (var raw in File.ReadLines(path))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.StartsWith("export ", StringComparison.Ordinal))
                line = line["export ".Length..].TrimStart();
            var assignment = line.IndexOf('=', StringComparison.Ordinal);
            if (assignment <= 0)
                problems.Add($"Line {number} of '{path}' is not NAME=VALUE.");
            else
                values[KeyOf(line[..assignment])] = ValueOf(line[(assignment + 1)..].Trim());
        }
        return values;
    }

    // As environment variables do it: two underscores separate sections.
    private static string KeyOf(string name) => name.Trim().Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

    private static string ValueOf(string text)
    {
        if (text.Length >= 2 && text[0] is '"' or '\'' && text.IndexOf(text[0], 1) is > 0 and var end)
            return text[1..end];
        var comment = text.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? text : text[..comment].TrimEnd();
    }
}
