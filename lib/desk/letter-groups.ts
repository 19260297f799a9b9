import type { Store } from '../state/port';
import type { LetterKind } from '../state/tables/letter-count';
import { letterTotals } from '../state/tables/letter-count';
import { lettersIn } from '../state/tables/letter-details';
import { groupBehind } from '../state/tables/letter-groups';
import { type LetterSearch, searchOf } from './letter-arms';
import type { LetterFilter } from './letter-filter';
import { eachLetter, type FoundLetter } from './letter-search';

/** Letters of one kind whose reasons are alike. */
export interface LetterGroup {
  kind: LetterKind;
  /** For `LetterFilter`. */
  group: string;
  /** The reason of the newest of them; empty in quarantine. */
  reason: string;
  newestAt: number;
  total: number;
  /** There are more than that. */
  isMore: boolean;
}

/** Why letters were set aside. */
export interface LetterGroups {
  /** The largest first. */
  groups: LetterGroup[];
  /** Of all of them. */
  total: number;
  /** There are more than that, and perhaps more groups. */
  isMore: boolean;
  tenantsCut: boolean;
}

/** Counted of each group at most, and found of any filter. */
const mostCounted = 10_000;
/** Letters looked at where an index alone does not tell. */
const mostRead = 200_000;
/** Groups that people are shown. */
const mostGroups = 200;

/** Why letters that fit were set aside, with how many of each. */
export async function letterGroups(store: Store, filter: LetterFilter): Promise<LetterGroups> {
  const search = await store.transaction(tx => searchOf(tx, filter), { relaxed: true });
  return isPlain(filter) ? groupsOfAll(store, search) : groupsOfSome(store, search);
}

/** Asks no more than an index tells. */
function isPlain({ kind: _kind, feed, ...others }: LetterFilter): boolean {
  return Object.keys(others).length === 0 && (feed === undefined || feed === 'usage');
}

/** From the index of reasons alone: a million letters of few reasons take a few looks. */
async function groupsOfAll(store: Store, { arms, tenantsCut }: LetterSearch): Promise<LetterGroups> {
  const groups = new Groups();
  let isCut = false;
  for (const { source, letter } of arms) {
    if (source === 'quarantine') {
      const total = (await letterTotalOf(store)).get('quarantine') ?? 0;
      if (total > 0) groups.add({ kind: letter, group: '', reason: '', newestAt: 0, total, isMore: false });
      continue;
    }
    let after = '';
    for (let count = 0; ; count++) {
      const at = { after, most: mostCounted + 1 };
      const found = await store.transaction(tx => groupBehind(tx, source, letter, at), { relaxed: true });
      if (!found) break;
      if (count === mostGroups) {
        isCut = true;
        break;
      }
      const total = Math.min(found.total, mostCounted);
      groups.add({ ...found, kind: letter, total, isMore: found.total > mostCounted });
      after = found.group;
    }
  }
  return { ...groups.answer(isCut), tenantsCut };
}

/** How many letters there are of each kind: exactly, however many. */
export async function letterTotalOf(store: Store): Promise<Map<LetterKind, number>> {
  const totals = new Map<LetterKind, number>();
  const places = await store.transaction(tx => letterTotals(tx), { relaxed: true });
  for (const { letter, total } of places) totals.set(letter, (totals.get(letter) ?? 0) + total);
  return totals;
}

/** Letter by letter, because a filter asks for more than the index of reasons tells. */
async function groupsOfSome(store: Store, search: LetterSearch): Promise<LetterGroups> {
  const found = new Map<string, { newest: FoundLetter; total: number }>();
  const isAll = await eachLetter(store, search, { most: mostCounted, mostRead }, letter => {
    const name = `${letter.arm.letter} ${letter.arm.source} ${letter.group}`;
    const known = found.get(name);
    if (!known) found.set(name, { newest: letter, total: 1 });
    else {
      known.total += 1;
      if (letter.at > known.newest.at) known.newest = letter;
    }
  });
  const largest = [...found.values()].sort((one, other) => other.total - one.total);
  const groups = new Groups();
  for (const { newest, total } of largest.slice(0, mostGroups)) {
    const { letter: kind, source } = newest.arm;
    const read = await store.transaction(tx => lettersIn(tx, source, [newest.row]), { relaxed: true });
    const reason = read.get(newest.row)?.reason ?? '';
    groups.add({ kind, group: newest.group, reason, newestAt: newest.at, total, isMore: !isAll });
  }
  return { ...groups.answer(!isAll || largest.length > mostGroups), tenantsCut: search.tenantsCut };
}

/** Usage and events of one kind and one reason are one group. */
class Groups {
  readonly #groups = new Map<string, LetterGroup>();

  add(group: LetterGroup): void {
    const name = `${group.kind} ${group.group}`;
    const known = this.#groups.get(name);
    if (!known) return void this.#groups.set(name, group);
    const newest = known.newestAt >= group.newestAt ? known : group;
    const total = known.total + group.total;
    this.#groups.set(name, { ...newest, total, isMore: known.isMore || group.isMore });
  }

  answer(isCut: boolean): Omit<LetterGroups, 'tenantsCut'> {
    const groups = [...this.#groups.values()].sort((one, other) => other.total - one.total);
    const total = groups.reduce((sum, each) => sum + each.total, 0);
    return { groups, total, isMore: isCut || groups.some(({ isMore }) => isMore) };
  }
}
