namespace Millrace.Checking;

/// <summary>Only the owner commits.</summary>
internal static class OwnerRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        foreach (var commit in evidence.Commits.Where(commit => commit.By != commit.Owner))
            violations.Add(new("owner", commit.ExecutionId, $"{commit.By} committed event {commit.FirstSeq}, but {(commit.Owner == 0 ? "nobody" : commit.Owner)} owned it"));
    }
}
