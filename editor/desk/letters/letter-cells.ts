import type { Letter } from '../../../lib/desk/letter';
import { say } from '../../red';
import { exactMoment, moment, quantity } from '../widgets/format';
import type { Column } from '../widgets/paged-list';
import { feedName, kindName } from './filter';

/** What a letter shows in a line. */
export function letterColumns(): Column<Letter>[] {
  return [
    { title: say('desk.letters.about'), cell: aboutOf },
    { title: say('desk.letters.quantity'), cell: whatOf },
    { title: say('desk.letters.period'), cell: periodOf },
    { title: say('desk.letters.reason'), cell: reasonOf },
    {
      title: say('desk.letters.since'),
      cell: ({ since }) => $('<span/>').text(moment(since)).attr('title', exactMoment(since)),
    },
    { title: say('desk.letters.tries'), cell: ({ tries }) => String(tries), isNumber: true },
  ];
}

/** The tenant by name, else by id; of what belongs to no tenant, what it is of. */
function nameOf({ tenant, subject, eventId }: Letter): string {
  if (tenant) return tenant.name ?? tenant.account ?? tenant.subscriptionId;
  return subject ? `${say(`desk.letters.subject.${subject.type}`)} ${subject.id}` : `#${eventId}`;
}

function aboutOf(letter: Letter): JQuery {
  const { tenant } = letter;
  const title = tenant ? [tenant.name, tenant.account, tenant.subscriptionId].filter(Boolean).join(' · ') : '';
  return $('<span/>').text(nameOf(letter)).attr('title', title);
}

function whatOf({ feed, eventId, quantities }: Letter): string {
  const [first, ...more] = quantities;
  if (!first) return `${feedName(feed)} #${eventId}`;
  const text = `${first.meter} × ${quantity(first.quantity)}`;
  return more.length > 0 ? say('desk.letters.andMore', { text, count: more.length }) : text;
}

/** WAP's times have no zone and are UTC. */
function periodOf({ startTime, endTime }: Letter): JQuery {
  const [start, end] = [timeOf(startTime), timeOf(endTime)];
  if (start === null) return $('<span/>').text(startTime ?? '');
  const title = end === null ? exactMoment(start) : `${exactMoment(start)} – ${exactMoment(end)}`;
  return $('<span/>')
    .text(end === null || end === start ? moment(start) : rangeOf(start, end))
    .attr('title', title);
}

function rangeOf(start: number, end: number): string {
  const [from, to] = [moment(start), moment(end)];
  const isOneDay = new Date(start).toDateString() === new Date(end).toDateString();
  const time = new Intl.DateTimeFormat(RED.i18n.lang() || 'en-US', { hour: '2-digit', minute: '2-digit' });
  return isOneDay ? `${from} – ${time.format(new Date(end))}` : `${from} – ${to}`;
}

function timeOf(text: string | null): number | null {
  const ms = Date.parse(text === null || /Z|[+-]\d\d:\d\d$/.test(text) ? (text ?? '') : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}

function reasonOf({ kind, reason, isOut, replay }: Letter): JQuery {
  const marks = [
    ...(kind === 'dead' ? [] : [kindName(kind)]),
    ...(replay === null ? [] : [say('desk.letters.replay')]),
    ...(isOut ? [say('desk.letters.isOut')] : []),
  ];
  return $('<span/>').append(
    marks.map(mark => $('<span class="wap-billing-desk-mark"/>').text(mark)),
    document.createTextNode(kind === 'quarantine' ? say('desk.letters.quarantined') : reason),
  );
}
