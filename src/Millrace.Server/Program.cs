using Millrace.Server.Hosting;

return await ServerProgram.RunAsync(args);
