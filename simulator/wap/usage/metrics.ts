import type { Router } from 'express';
import type { Kind } from '../../../lib/wap/types';
import { param, query, route } from '../../routes';
import { notFound } from '../errors';
import type { Installation } from '../installation';
import { parseIsoTime } from '../time';

const dayMs = 86_400_000;

/** Sign-ups a day and in all: dn448612, dn448648. Bad parameters are 404, as documented. */
export function metricRoutes(admin: Router, wap: Installation, kind: Kind): void {
  route(admin, kind === 'plan' ? '/plans/:id/metrics' : '/addons/:id/metrics', {
    GET: (req, res) => {
      const { Id } = wap.get(kind, param(req, 'id'));
      const start = parseIsoTime(query(req, 'startTime') ?? '');
      const end = parseIsoTime(query(req, 'endTime') ?? '');
      if (start === null || end === null || end < start) throw notFound('startTime and endTime do not name a period.');
      const signUps = signUpTimes(wap, kind, Id);
      const days: number[] = [];
      for (let day = Math.floor(start / dayMs) * dayMs; day < end && days.length < 366; day += dayMs) days.push(day);
      const daily = days.map(day => value(day, signUps.filter(at => at >= day && at < day + dayMs).length));
      const total = days.map(day => value(day, signUps.filter(at => at < day + dayMs).length));
      res.json([set('DailySignupCount', start, end, daily), set('TotalSignupCount', start, end, total)]);
    },
  });
}

function signUpTimes(wap: Installation, kind: Kind, id: string): number[] {
  return wap.subscriptions
    .all()
    .filter(subscription =>
      kind === 'plan'
        ? subscription.PlanId === id
        : subscription.AddOnReferences.some(reference => reference.AddOnId === id),
    )
    .map(subscription => parseIsoTime(subscription.Created) ?? 0);
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

const value = (day: number, count: number) => ({
  TimeCreated: time(day),
  Total: count,
  Minimum: null,
  Maximum: null,
  Count: 1,
});

const set = (name: string, start: number, end: number, values: Array<ReturnType<typeof value>>) => ({
  Name: name,
  PrimaryAggregationType: 'Total',
  Unit: 'Count',
  TimeGrain: '1.00:00:00',
  StartTime: time(start),
  EndTime: time(end),
  Values: values,
});
