// Preloaded into child processes that have a channel to their parent: when the parent is gone, however it went, so are they.
// Without it a killed script would leave Node-RED and the simulators behind, holding their ports.
if (process.channel) {
  process.on('disconnect', () => process.exit(1));
  process.channel.unref?.();
}
