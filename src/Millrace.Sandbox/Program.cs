using Millrace.Sandbox;

return SandboxProgram.Run(args);
