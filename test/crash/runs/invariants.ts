/** What must be true of a sale however often the process was killed: from WAP, billing, the HTTP log and the notifications. */
import { planDifferences } from '../../../lib/wap/plans/compare';
import type { PlanOrAddOn } from '../../../lib/wap/types';
import type { World } from '../../harness/world';
import { isMeant } from './flows';
import { isStepChanged, type SaleReport } from './world';

/** Sentences about what is wrong; empty when all is right. `model` is the plan of a sale that nothing disturbed. */
export function violations(world: World, report: SaleReport, model: PlanOrAddOn | undefined): string[] {
  const { key, sale } = report;
  const wrong = wrongEnd(world, report);
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) wrong.push(otherwise);
  };

  const { plans } = world.wap.state;
  const mine = plans.filter(({ DisplayName }) => DisplayName === key || DisplayName.startsWith(`${key} (r`));
  const [sold] = mine;
  const soldName = sale === 'clone' ? `${key} (r2)` : key;
  must(mine.length === 1, `WAP has ${mine.map(plan => plan.DisplayName).join(', ') || 'no plan'}`);
  must(sold?.DisplayName === soldName && sold.State === 1, `${sold?.DisplayName} has the state ${sold?.State}`);
  if (sold && model) {
    const differences = planDifferences(model, sold);
    must(differences.length === 0, `the plan is not configured as wanted: ${differences.join('; ')}`);
  }

  const { offers } = world.billing.state;
  const ours = offers.filter(({ name }) => name === key || name.startsWith(`${key} (r`));
  const active = ours.filter(({ state }) => state === 'active');
  must(
    active.length === 1 && active[0]?.key === sold?.Id,
    `billing sells ${active.map(({ key: of }) => of).join(', ')}`,
  );
  must(new Set(ours.map(({ key: of }) => of)).size === ours.length, 'billing has two offers for one plan');
  must(ours.length <= (sale === 'clone' ? 2 : 1), `billing has ${ours.length} offers`);

  wrong.push(...wrongDeletes(world, sold));
  return wrong;
}

/** The run is completed, its notification came, and nothing failed but what is meant to. */
export function wrongEnd(world: World, report: SaleReport): string[] {
  const { key, run } = report;
  const wrong = wrongNotices(world, report);
  if (run?.state !== 'completed') {
    wrong.push(`the run is ${run?.state ?? 'unknown'}: ${JSON.stringify(run?.failure)}`);
  }
  const isExpected = (message: Record<string, unknown>) =>
    isMeant(report.sale, message) || (report.wasEdited && isStepChanged(message));
  const caught = world.messages('caught').filter(message => message.topic === key && !isExpected(message));
  if (caught.length > 0) wrong.push(`Catch got ${caught.map(({ error }) => JSON.stringify(error)).join(', ')}`);
  return wrong;
}

/** Sold: WAP id ↔ billing id, and nothing else of this sale. */
export function wrongMapping(world: World, { key }: SaleReport, entries: Array<Record<string, unknown>>): string[] {
  const mine = entries.filter(({ name }) => name === key || String(name).startsWith(`${key} (r`));
  const sold = world.billing.state.offers.find(
    ({ name, state }) => state === 'active' && (name === key || name.startsWith(`${key} (r`)),
  );
  const [entry] = mine;
  const isRight = mine.length === 1 && entry?.wapId === sold?.key && entry?.billingId === sold?.id;
  return isRight ? [] : [`the mapping holds ${JSON.stringify(mine)}, billing sells ${JSON.stringify(sold)}`];
}

/** A plan is deleted only after what takes its place was read back, unchanged since, and what is sold is never deleted. */
function wrongDeletes({ log }: World, sold: PlanOrAddOn | undefined): string[] {
  if (!sold) return [];
  const entries = log.entries({ server: 'admin' });
  const clone = `/plans/${sold.Id}`;
  const wrong: string[] = [];
  if (entries.some(({ method, path }) => method === 'DELETE' && path === clone)) wrong.push('what is sold was deleted');
  const begun = entries.findIndex(({ path }) => path.startsWith(clone));
  for (const { order, status } of entries.filter(({ method }) => method === 'DELETE')) {
    if (status === null || status >= 300 || order < (entries[begun]?.order ?? 0)) continue;
    const before = entries.filter(entry => entry.order < order && entry.path.startsWith(clone));
    const written = before.map(({ method }) => method !== 'GET').lastIndexOf(true);
    const isVerified = before
      .slice(written + 1)
      .some(({ method, path, status: got }) => method === 'GET' && path === clone && got === 200);
    if (!isVerified) wrong.push('the original was deleted before its clone was read back');
  }
  return wrong;
}

/** One notification; another only for a process that was killed after it had sent one and before the end was stored. */
function wrongNotices(world: World, { key, lives }: SaleReport): string[] {
  const came = world.messages('notified').filter(message => message.key === key).length;
  const begun = lives.flat().filter(({ point }) => point.startsWith('before sink')).length;
  const sent = lives.flat().filter(({ point }) => point.startsWith('sent sink')).length;
  const isRight = came >= 1 && came <= begun;
  return isRight ? [] : [`${came} notifications came, ${sent} were sent`];
}
