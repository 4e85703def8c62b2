using Millrace.Engine.Secrets;

namespace Millrace.Engine.Tests.Secrets;

public sealed class SecretKeyTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-key-");

    public void Dispose() => _directory.Delete(recursive: true);

    private string KeyPath => Path.Combine(_directory.FullName, "data", "secrets.key");

    [Fact]
    public void A_value_reads_back_for_its_tenant_and_name_only()
    {
        var key = new SecretKeyFile(KeyPath).FindOrCreate();
        var encrypted = key.Encrypt("acme", "name", "välue");

        Assert.Equal("välue", key.Decrypt("acme", "name", encrypted));
        Assert.Null(key.Decrypt("acme", "other", encrypted));
        Assert.Null(key.Decrypt("globex", "name", encrypted));
        Assert.Null(key.Decrypt("acmen", "ame", encrypted));
    }

    [Fact]
    public void The_same_value_is_never_encrypted_the_same()
    {
        var key = new SecretKeyFile(KeyPath).FindOrCreate();

        Assert.NotEqual(key.Encrypt("t", "n", "v"), key.Encrypt("t", "n", "v"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("c2hvcnQ=")]
    public void What_is_no_encrypted_value_is_told_from_one(string encrypted) => Assert.Null(new SecretKeyFile(KeyPath).FindOrCreate().Decrypt("t", "n", encrypted));

    [Fact]
    public void Each_changed_octet_is_noticed()
    {
        var key = new SecretKeyFile(KeyPath).FindOrCreate();
        var encrypted = Convert.FromBase64String(key.Encrypt("t", "n", "value"));
        for (var i = 0; i < encrypted.Length; i++)
        {
            encrypted[i] ^= 1;
            Assert.Null(key.Decrypt("t", "n", Convert.ToBase64String(encrypted)));
            encrypted[i] ^= 1;
        }
    }

    [Fact]
    public void The_key_is_made_once_and_only_its_owner_may_read_it()
    {
        Assert.Null(new SecretKeyFile(KeyPath).Find());
        var first = new SecretKeyFile(KeyPath).FindOrCreate();
        var second = new SecretKeyFile(KeyPath).FindOrCreate();

        Assert.Equal(first.Id, second.Id);
        Assert.Equal("v", second.Decrypt("t", "n", first.Encrypt("t", "n", "v")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
    }

    [Fact]
    public void A_file_without_a_key_is_left_alone_and_says_what_to_do()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyPath)!);
        File.WriteAllText(KeyPath, "half a k");

        var failure = Assert.Throws<InvalidDataException>(() => new SecretKeyFile(KeyPath).FindOrCreate());

        Assert.Contains("backup", failure.Message);
        Assert.Equal("half a k", File.ReadAllText(KeyPath));
    }
}
