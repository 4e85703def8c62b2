namespace Millrace.Server.Access;

/// <summary>What a route lets its caller do.</summary>
internal enum Permission
{
    /// <summary>Nothing that needs knowing who asks.</summary>
    Public,
    /// <summary>Look at workflows and node types.</summary>
    ViewWorkflows,
    /// <summary>Look at executions, their events and their logs.</summary>
    ViewExecutions,
    /// <summary>Start and cancel executions.</summary>
    RunWorkflows,
    /// <summary>Write, check and delete workflows, and try expressions and nodes out.</summary>
    EditWorkflows,
    /// <summary>Look at integrations.</summary>
    ViewIntegrations,
    /// <summary>Make, change, try and delete integrations: as much as a workflow's http nodes could do with the same secrets.</summary>
    ManageIntegrations,
    /// <summary>Register node types and do their tasks, which come with the secrets of their nodes.</summary>
    WorkOnTasks,
    /// <summary>Set and delete secrets.</summary>
    ManageSecrets,
}

/// <summary>What a caller is in his tenant; each may do what those before it may.</summary>
internal enum Role
{
    /// <summary>Nobody that is known.</summary>
    None,
    /// <summary>May look.</summary>
    Viewer,
    /// <summary>May run.</summary>
    Operator,
    /// <summary>May write.</summary>
    Editor,
    /// <summary>May do everything.</summary>
    Admin,
}

/// <summary>Who may do what: the one table.</summary>
internal static class Permissions
{
    /// <summary>The least role that has a permission.</summary>
    public static Role MinimalRole(Permission permission) => permission switch
    {
        Permission.Public => Role.None,
        Permission.ViewWorkflows => Role.Viewer,
        Permission.ViewExecutions => Role.Viewer,
        Permission.RunWorkflows => Role.Operator,
        Permission.EditWorkflows => Role.Editor,
        Permission.ViewIntegrations => Role.Viewer,
        Permission.ManageIntegrations => Role.Editor,
        // Not less: who may edit workflows has the use of secrets as well, who may only run them has not.
        Permission.WorkOnTasks => Role.Editor,
        Permission.ManageSecrets => Role.Admin,
        _ => Role.Admin,
    };
}

/// <summary>What a route requires. Every route has one, by itself or by its group.</summary>
internal sealed record RequiredPermission(Permission Permission);

/// <summary>A route that takes bodies of other types than JSON and YAML, and itself refuses those that any web page could send.</summary>
internal sealed record TakesOtherContent;

/// <summary>Declares routes' permissions.</summary>
internal static class RoutePermissions
{
    /// <summary>Lets only callers with a permission in; the declaration of a route replaces that of its group.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder routes, Permission permission) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequiredPermission(permission));
}
