/** Calls `end` when a person or the machine wants this script to end, or when the npm that started it is gone. A killed npm leaves
 *  its scripts behind; on Windows this cannot be seen, and closing the window ends all. */
export function whenAskedToEnd(end) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(), 1000).unref();
}
