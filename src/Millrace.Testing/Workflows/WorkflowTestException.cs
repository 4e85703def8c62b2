namespace Millrace.Testing.Workflows;

/// <summary>
/// A test of a workflow fails: what was expected did not come, or the test itself is wrong. Every test framework reports it as a failure.
/// </summary>
/// <param name="message">What was expected, what came, and the way that the execution took; or what to do.</param>
/// <param name="cause">What was thrown inside; null: nothing.</param>
public sealed class WorkflowTestException(string message, Exception? cause = null) : Exception(message, cause);
