// Mocha's usual output, and its totals into the file that WAP_BILLING_TOTALS names, for the sum at the end of `npm test`. Both as
// the tests go: a run that is stopped would otherwise count as nothing, and take the reasons of its failures with it.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

module.exports = class SpecWithTotals extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    let failed = 0;
    const write = () => {
      if (!process.env.WAP_BILLING_TOTALS) return;
      const { passes, pending } = this.stats;
      writeFileSync(process.env.WAP_BILLING_TOTALS, JSON.stringify({ passed: passes, failed, skipped: pending }));
    };
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      failed += 1;
      console.error(`\n${test.fullTitle()}:\n${error?.stack ?? error}\n`);
      write();
    });
    for (const event of [EVENT_TEST_PASS, EVENT_TEST_PENDING]) runner.on(event, write);
    runner.once(EVENT_RUN_END, write);
  }
};
