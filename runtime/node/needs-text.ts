import type { NodeAPI } from 'node-red';
import { hasNeeds, type Needs } from '../../lib/feeds/needs';
import { shortCount } from './fit';
import { say } from './texts';

/** What is told first. */
const kinds = ['refused', 'unmapped', 'waiting', 'parked', 'quarantined'] as const satisfies Array<keyof Needs>;
/** `41 refused · 27 wait for a mapping`, in shorter words and with the rest added up where `longest` wants it; null when nothing needs
 *  anybody. */
export function needsText(RED: NodeAPI, needs: Needs, longest: number): string | null {
  if (!hasNeeds(needs)) return null;
  const found = kinds.filter(kind => needs[kind] > 0);
  const joined = (words: string, shown: number) => {
    const rest = found.slice(shown).reduce((sum, kind) => sum + needs[kind], 0);
    const parts = found.slice(0, shown).map(kind => say(RED, `${words}.${kind}`, { count: shortCount(needs[kind]) }));
    return [...parts, ...(rest > 0 ? [say(RED, 'needs.more', { count: shortCount(rest) })] : [])].join(' · ');
  };
  const all = joined('needs', found.length);
  if (all.length <= longest) return all;
  for (let shown = found.length; shown > 1; shown -= 1) {
    const text = joined('needs.short', shown);
    if (text.length <= longest) return text;
  }
  return joined('needs.short', 1);
}
