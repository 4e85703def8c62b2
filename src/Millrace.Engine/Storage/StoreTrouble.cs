namespace Millrace.Engine.Storage;

/// <summary>What keeps a store from its work.</summary>
public enum StoreTrouble
{
    /// <summary>Something else; the log says what.</summary>
    Other,
    /// <summary>The disk is full.</summary>
    DiskFull,
    /// <summary>Another program holds the lock that writing needs.</summary>
    Locked,
    /// <summary>Files cannot be written, for want of a permission or because the file system is mounted read-only.</summary>
    ReadOnly,
    /// <summary>The disk fails.</summary>
    DiskFailed,
    /// <summary>What is stored is damaged.</summary>
    Damaged,
    /// <summary>A write takes unusually long, for a reason that is not known yet.</summary>
    Slow,
}

/// <summary>Names and sentences of troubles, for everybody: they tell nothing about the machine.</summary>
public static class StoreTroubles
{
    /// <summary>The name in reports.</summary>
    public static string Name(this StoreTrouble trouble) => trouble switch
    {
        StoreTrouble.DiskFull => "disk_full",
        StoreTrouble.Locked => "locked",
        StoreTrouble.ReadOnly => "read_only",
        StoreTrouble.DiskFailed => "disk_failed",
        StoreTrouble.Damaged => "damaged",
        StoreTrouble.Slow => "slow",
        _ => "unreachable",
    };

    /// <summary>What is wrong, as a sentence.</summary>
    public static string Sentence(this StoreTrouble trouble) => trouble switch
    {
        StoreTrouble.DiskFull => "The disk that holds the database is full. Deleting executions still works; nothing needs to be restarted.",
        StoreTrouble.Locked => "Another program holds the write lock on the database.",
        StoreTrouble.ReadOnly => "The database cannot be written: a permission is missing, or its file system is read-only.",
        StoreTrouble.DiskFailed => "The disk that holds the database fails.",
        StoreTrouble.Damaged => "The database is damaged.",
        StoreTrouble.Slow => "A write takes unusually long: another program may hold the write lock on the database, or the disk may be slow.",
        _ => "The store is unavailable at the moment.",
    };
}
