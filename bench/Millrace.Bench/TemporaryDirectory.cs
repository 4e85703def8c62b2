namespace Millrace.Bench;

/// <summary>A directory beside the program, on the disk that is to be measured (the system's own may be memory).</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } =
        Directory.CreateDirectory(System.IO.Path.Combine(AppContext.BaseDirectory, "data", System.IO.Path.GetRandomFileName())).FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
