// Loaded before a service: it ends, saving what it has, when whoever started it closes its standard input or is gone.
process.stdin.on("end", () => process.kill(process.pid, "SIGINT"));
process.stdin.resume();
