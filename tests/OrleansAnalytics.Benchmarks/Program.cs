using OrleansAnalytics.Benchmarks;

return await BenchmarkCommandLine.RunAsync(args);
