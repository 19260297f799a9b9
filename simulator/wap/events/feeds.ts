import type { Request, Router } from 'express';
import { query, route } from '../../routes';
import { badRequest } from '../errors';
import type { Installation } from '../installation';
import { wapFeeds } from './event';

/** MaximumBatchSize, dn532189. */
const mostEvents = 10_000;

/** dn448813: like the event feeds, with ids of its own. */
export function usageRoutes(usage: Router, wap: Installation): void {
  route(usage, '/usage', {
    GET: (req, res) => {
      const startId = whole(req, 'startId', 0, Number.MAX_SAFE_INTEGER);
      const batchSize = whole(req, 'batchSize', 1, mostEvents);
      res.setHeader('Content-Type', 'application/json; charset=utf-8');
      res.end(wap.usage.page(startId, batchSize));
    },
  });
}

/** dn448739, dn448616, dn448617, dn448657, dn448722, dn448734: events from `startId` on (inclusive), at most `batchSize` of them; reading deletes nothing. */
export function feedRoutes(usage: Router, wap: Installation, hidePending: boolean): void {
  for (const feed of wapFeeds) {
    route(usage, `/billing/${feed}`, {
      GET: (req, res) => {
        const startId = whole(req, 'startId', 0, Number.MAX_SAFE_INTEGER);
        const batchSize = whole(req, 'batchSize', 1, mostEvents);
        const isShown = hidePending ? isDecided : () => true;
        res.json(wap.events.page(feed, startId, batchSize, isShown).map(({ feed: _feed, ...event }) => event));
      },
    });
  }
}

const isDecided = ({ State }: { State: number }): boolean => State === 0 || State === 1;

function whole(req: Request, name: string, low: number, high: number): number {
  const text = query(req, name) ?? '';
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high))
    throw badRequest(`${name} must be a whole number from ${low} to ${high}.`, name);
  return value;
}
