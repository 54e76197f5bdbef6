using OrleansAnalytics.Cli;

return await CommandLine.RunAsync(args);
