using System.Collections.Immutable;

namespace Millrace.Engine.Operations;

/// <summary>The permissions of a caller. A role gives one, and so can whatever else lets callers in.</summary>
public readonly record struct PermissionSet
{
    private readonly ulong _bits;

    private PermissionSet(ulong bits) => _bits = bits;

    /// <summary>No permission but <see cref="Permission.Public"/>, which everybody has.</summary>
    public static PermissionSet None => default;

    /// <summary>The set of some permissions.</summary>
    public static PermissionSet Of(params ReadOnlySpan<Permission> permissions) => None.With(permissions);

    /// <summary>Whether a permission is among them.</summary>
    public bool Has(Permission permission) => permission == Permission.Public || (_bits & Bit(permission)) != 0;

    /// <summary>These permissions and more.</summary>
    public PermissionSet With(params ReadOnlySpan<Permission> permissions)
    {
        var bits = _bits;
        foreach (var permission in permissions)
            bits |= Bit(permission);
        return new PermissionSet(bits);
    }

    /// <summary>The permissions of either set.</summary>
    public PermissionSet Union(PermissionSet other) => new(_bits | other._bits);

    private static ulong Bit(Permission permission) => 1UL << (int)permission;
}

/// <summary>A named set of permissions.</summary>
/// <param name="Name">Its name in tokens and in the API document.</param>
/// <param name="Permissions">The permissions that the role grants.</param>
public sealed record Role(string Name, PermissionSet Permissions)
{
    /// <summary>May look.</summary>
    public static readonly Role Viewer = new(
        "viewer", PermissionSet.Of(Permission.ViewWorkflows, Permission.ViewExecutions, Permission.ViewIntegrations));

    /// <summary>May run workflows, too.</summary>
    public static readonly Role Operator = new("operator", Viewer.Permissions.With(Permission.RunWorkflows));

    /// <summary>
    /// May write workflows, too. A worker gets the secrets of its tasks, which is no more than an editor can have of them, and more than
    /// an operator.
    /// </summary>
    public static readonly Role Editor =
        new("editor", Operator.Permissions.With(Permission.EditWorkflows, Permission.ManageIntegrations, Permission.WorkOnTasks));

    /// <summary>May do everything in the tenant.</summary>
    public static readonly Role Admin = new("admin", PermissionSet.Of(Enum.GetValues<Permission>()));

    /// <summary>All roles; each may do what those before it may.</summary>
    public static readonly ImmutableArray<Role> All = [Viewer, Operator, Editor, Admin];

    /// <summary>The role of a name, in any case; null: there is none.</summary>
    public static Role? Find(string name) => All.FirstOrDefault(role => string.Equals(role.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first role that has a permission.</summary>
    public static Role Least(Permission permission) => All.First(role => role.Permissions.Has(permission));
}
