/** Totals are kept so many days, and as long what was counted, so that nothing is counted twice. */
const keepDays = 400;
export const keepMs = keepDays * 86_400_000;
