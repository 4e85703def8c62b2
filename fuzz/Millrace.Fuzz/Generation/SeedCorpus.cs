using System.Reflection;

namespace Millrace.Fuzz.Generation;

/// <summary>
/// The files of the Corpus folder, which are part of the program. Below finds/ lie inputs that once did harm, well formed or not.
/// </summary>
internal static class SeedCorpus
{
    /// <summary>What a target begins with: valid inputs, and what once did harm to it.</summary>
    public static IReadOnlyList<byte[]> ReadWithFinds(string folder) => [.. Read(folder), .. Read("finds/" + folder)];

    /// <summary>Every valid input of a folder such as "json".</summary>
    public static IReadOnlyList<byte[]> Read(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Select(name => (Name: name, Path: name.Replace('\\', '/')))
            .Where(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal))
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => Read(assembly, file.Name))];
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
