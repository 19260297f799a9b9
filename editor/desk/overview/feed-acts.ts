import type { FeedLine, LiveLine } from '../../../lib/desk/overview';
import { say } from '../../red';
import { act, ask } from '../client';
import { actButton } from '../widgets/act-button';
import { confirmed } from '../widgets/confirm';
import { formBox } from '../widgets/form-box';
import { count } from '../widgets/format';

interface Given {
  state: string;
  mayAct: boolean;
  /** Called when something was done. */
  after(): void;
}

/** What a poll node can be told. */
export function feedActs(feed: FeedLine, given: Given): JQuery {
  const { live } = feed;
  const unless = !given.mayAct ? say('desk.reader') : live ? undefined : say('desk.overview.notDeployed');
  const told = (name: string, icon: string, textKey: string) =>
    actButton({
      text: say(`desk.overview.act.${textKey}`),
      icon,
      unless,
      go: async () => {
        await act(given.state, name, { node: live?.nodeId });
        given.after();
        return null;
      },
    });
  const asked = (icon: string, textKey: string, open: (of: LiveLine) => void) =>
    actButton({
      text: say(`desk.overview.act.${textKey}`),
      icon,
      unless,
      go: async () => {
        if (live) open(live);
        return null;
      },
    });
  return $('<div class="wap-billing-desk-acts"/>').append(
    told('pollFeed', 'fa-refresh', 'poll'),
    live?.isPaused ? told('resumeFeed', 'fa-play', 'resume') : told('pauseFeed', 'fa-pause', 'pause'),
    asked('fa-history', 'replay', of => replay(of, given)),
    asked('fa-undo', 'beginAnew', of => beginAnew(of, given)),
  );
}

/** Says how many there are at most before it begins. */
function replay({ nodeId, name }: LiveLine, { state, after }: Given): void {
  formBox({
    title: say('desk.overview.replayOf', { name }),
    hint: say('desk.overview.replayHint'),
    fields: [
      { name: 'from', label: say('desk.overview.from') },
      { name: 'to', label: say('desk.overview.to') },
    ],
    go: say('desk.overview.countFirst'),
    save: async values => {
      const form = { node: nodeId, from: placeOf(values.from), to: placeOf(values.to) };
      const { most } = await ask<{ most: number }>(state, 'replaySize', form);
      const text = say('desk.overview.replayAsk', { count: count(most) });
      if ((await confirmed({ text, go: say('desk.overview.act.replayGo') })) === null) return;
      await act(state, 'replayFeed', form);
      after();
    },
  });
}

/** WAP was restored from a backup. Where WAP shows nothing of that, one has to be sure. */
function beginAnew({ nodeId, name }: LiveLine, { state, after }: Given): void {
  formBox({
    title: say('desk.overview.beginAnewOf', { name }),
    hint: say('desk.overview.beginAnewHint'),
    fields: [{ name: 'from', label: say('desk.overview.from') }],
    go: say('desk.overview.act.beginAnewGo'),
    save: async values => {
      const form = { node: nodeId, from: placeOf(values.from) };
      const { refused } = await act<{ refused: string | null }>(state, 'beginFeedAnew', form);
      if (refused !== null) {
        const isSure = await confirmed({ text: refused, go: say('desk.overview.act.beginAnewSure') });
        if (isSure === null) return;
        await act(state, 'beginFeedAnew', { ...form, sure: true });
      }
      after();
    },
  });
}

/** Digits are an id; a time without a zone is one of this browser's. */
function placeOf(given: string | boolean | undefined): string {
  const text = String(given ?? '').trim();
  const local = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?$/.test(text);
  if (!local) return text;
  const at = new Date(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'));
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}
