// Measures the process that it is loaded into: records are counted elsewhere, this sees the processor, the memory and how
// long the event loop stood still. Plain JavaScript, because Node-RED loads it (`--require`) as it stands.
const { createServer } = require('node:http');
const { Session } = require('node:inspector');
const { writeFileSync } = require('node:fs');
const { monitorEventLoopDelay, performance } = require('node:perf_hooks');

const tickMs = 10;
const longMs = 50;

/** Begins to measure; the function it answers ends that and gives the figures. A stop is counted as the process's own by
 *  the processor time (of all its threads, so rather too much) that it used in it: the rest is others on the machine, or
 *  the disk. */
function watch() {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const figures = { longestStop: 0, longestOwn: 0, stops: 0, ownStops: 0, highestMegabytes: 0 };
  const first = process.cpuUsage();
  let before = { at: performance.now(), cpu: first };
  let turns = 0;
  const look = () => {
    const now = { at: performance.now(), cpu: process.cpuUsage() };
    const stop = now.at - before.at - tickMs;
    const used = (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / 1000;
    const own = Math.min(stop, used);
    figures.longestStop = Math.max(figures.longestStop, stop);
    figures.longestOwn = Math.max(figures.longestOwn, own);
    if (stop > longMs) figures.stops += 1;
    if (own > longMs) figures.ownStops += 1;
    if (turns++ % 20 === 0)
      figures.highestMegabytes = Math.max(figures.highestMegabytes, process.memoryUsage.rss() / 1e6);
    before = now;
  };
  const timer = setInterval(look, tickMs);
  return () => {
    clearInterval(timer);
    look();
    delay.disable();
    const { user, system } = process.cpuUsage(first);
    return { ...figures, cpuMicroseconds: user + system, usualStop: delay.percentile(99) / 1e6 };
  };
}

/** A processor profile, written to the file when the answered function is called. */
function profile(file) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 500 });
  session.post('Profiler.start');
  return () =>
    session.post('Profiler.stop', (_error, { profile: found }) => writeFileSync(file, JSON.stringify(found)));
}

/** `GET /begin`: the process; `GET /end`: the figures, as JSON. */
function serve(port, profileFile) {
  let end;
  let endProfile;
  const server = createServer((request, response) => {
    if (request.url === '/begin') {
      end = watch();
      if (profileFile) endProfile = profile(profileFile);
      return response.end(JSON.stringify({ pid: process.pid }));
    }
    endProfile?.();
    return response.end(JSON.stringify(end?.() ?? {}));
  });
  server.listen(port, '127.0.0.1');
  server.unref();
}

if (process.env.USAGE_PROBE_PORT) serve(Number(process.env.USAGE_PROBE_PORT), process.env.USAGE_PROBE_PROFILE);

module.exports = { watch };
