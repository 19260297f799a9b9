/** The longest time between two turns of the event loop during the work; and the longest that this process itself was busy
 *  between two, which others on the machine do not lengthen. */
export async function measured(what: string, work: () => Promise<string>): Promise<void> {
  let longest = 0;
  let busiest = 0;
  let isOver = false;
  const watch = async () => {
    let [last, used] = [performance.now(), process.cpuUsage()];
    while (!isOver) {
      await new Promise(resolve => setImmediate(resolve));
      const { user, system } = process.cpuUsage(used);
      longest = Math.max(longest, performance.now() - last);
      busiest = Math.max(busiest, (user + system) / 1000);
      [last, used] = [performance.now(), process.cpuUsage()];
    }
  };
  const watching = watch();
  const began = performance.now();
  const said = await work();
  const took = performance.now() - began;
  isOver = true;
  await watching;
  console.log(`| ${what} | ${said} | ${took.toFixed(0)} | ${longest.toFixed(0)} | ${busiest.toFixed(0)} |`);
}
