namespace Millrace.Cli.Documents;

/// <summary>Reads files that somebody named.</summary>
internal static class Files
{
    /// <summary>A file's content, '-' being standard input; else a sentence that says why there is none.</summary>
    public static (byte[]? Content, string? Problem) Read(string path)
    {
        try
        {
            return (path is "-" ? ReadStandardInput() : File.ReadAllBytes(path), null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"There is no file '{path}' in {Directory.GetCurrentDirectory()}. Check the path.");
        }
        catch (UnauthorizedAccessException)
        {
            return (null, Directory.Exists(path)
                ? $"'{path}' is a directory. Name a file in it."
                : $"'{path}' cannot be read: permission denied.");
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            return (null, $"'{path}' cannot be read: {e.Message}");
        }
    }

    private static byte[] ReadStandardInput()
    {
        using var input = Console.OpenStandardInput();
        using var content = new MemoryStream();
        input.CopyTo(content);
        return content.ToArray();
    }
}
