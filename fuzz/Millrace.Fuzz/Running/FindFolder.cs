using System.Security.Cryptography;
using System.Text;

namespace Millrace.Fuzz.Running;

/// <summary>Where reproducers go. It is made when there is something to put into it.</summary>
internal sealed class FindFolder(string path)
{
    public string Path { get; } = path;

    /// <summary>Writes an input and, beside it, what it does.</summary>
    /// <returns>The input's file.</returns>
    public string Write(string target, string name, string complaint, byte[] input)
    {
        Directory.CreateDirectory(Path);
        var file = System.IO.Path.Combine(Path, $"{target}-{name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..8]}");
        File.WriteAllBytes(file, input);
        File.WriteAllText(file + ".txt", complaint + Environment.NewLine, Encoding.UTF8);
        return file;
    }
}
