namespace Millrace.Engine.Operations;

/// <summary>
/// What a caller may do. Operations check it themselves; each route names the one it needs as well, so that refusals come early.
/// </summary>
public enum Permission
{
    /// <summary>Nothing that requires knowing the caller. Everybody has it.</summary>
    Public,
    /// <summary>Look at workflows and node types.</summary>
    ViewWorkflows,
    /// <summary>Look at executions, their events and their logs.</summary>
    ViewExecutions,
    /// <summary>Start, steer and cancel executions.</summary>
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
    /// <summary>Answer approvals and forms that are assigned to somebody else.</summary>
    AnswerForOthers,
}
