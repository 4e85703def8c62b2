using System.Security.Cryptography;
using System.Text;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Secrets;

/// <summary>A random key of 32 bytes in a file of its own, base64, that only the server's user may read.</summary>
internal static class KeyFile
{
    public const int Length = 32;

    /// <summary>The key in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="loss">What is lost with the key, and what to do then.</param>
    /// <exception cref="InvalidDataException">The file holds no key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static byte[] Read(string path, string loss)
    {
        var bytes = new byte[Length];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), bytes, out var length) && length == Length
            ? bytes
            : throw new InvalidDataException($"'{path}' does not contain a key. Restore it from a backup; without a backup, delete it {loss}.");
    }

    /// <summary>Makes a key and its file; under another name first, so that a crash cannot leave half a key. It is durable before anything depends on it.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static byte[] Create(string path)
    {
        PrivateFiles.MakeDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var key = RandomNumberGenerator.GetBytes(Length);
        var unfinished = path + ".new";
        File.Delete(unfinished);
        using var file = PrivateFiles.Open(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.Delete);
        file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n"));
        file.Flush(flushToDisk: true);
        File.Move(unfinished, path);
        // Again: that is what makes the name itself durable.
        file.Flush(flushToDisk: true);
        return key;
    }
}
