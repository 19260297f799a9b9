// Mocha's usual output, and its totals into the file that WAP_BILLING_TOTALS names, for the sum at the end of `npm test`.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class SpecWithTotals extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      if (process.env.WAP_BILLING_TOTALS) {
        writeFileSync(
          process.env.WAP_BILLING_TOTALS,
          JSON.stringify({ passed: passes, failed: failures, skipped: pending }),
        );
      }
    });
  }
};
