import { isDeepStrictEqual } from 'node:util';
import type { Request, Response, Router } from 'express';
import { ApiError } from '../api-error';
import { type JsonObject, jsonObject } from '../json-body';
import { param, query, route } from '../routes';
import type { Catalogue, OfferContent } from './catalogue';
import { invalid, noOffer } from './errors';
import type { SimulatedOffer } from './options';

const states = ['draft', 'active', 'retired'];

/** Offers: made as draft, published to active, ended as retired. Reads lag behind writes, see `Catalogue`. */
export function offerRoutes(billing: Router, catalogue: Catalogue): void {
  route(billing, '/offers', {
    GET: (req, res) => {
      const { page, per_page } = paging(req, 200);
      const state = query(req, 'state');
      if (state !== undefined && !states.includes(state)) throw invalid(`state must be one of ${states.join(', ')}.`);
      const fitting = catalogue.visible().filter(offer => state === undefined || offer.state === state);
      const offers = fitting.slice((page - 1) * per_page, page * per_page);
      res.json({ offers, page, per_page, total: fitting.length });
    },
    POST: (req, res) => create(catalogue, offerContent(jsonObject(req)), res),
  });
  route(billing, '/offers/:key', {
    GET: (req, res) => {
      const key = param(req, 'key');
      const offer = catalogue.visible().find(known => known.key === key);
      if (!offer) throw noOffer(key);
      res.json(offer);
    },
    PUT: (req, res) => {
      const offer = known(catalogue, req);
      const content = offerContent({ ...jsonObject(req), key: offer.key });
      if (offer.state === 'retired') throw wrongState(offer, 'changed');
      res.json(replace(catalogue, offer, content));
    },
  });
  route(billing, '/offers/:key/publish', {
    POST: (req, res) => {
      const offer = known(catalogue, req);
      if (offer.state === 'retired') throw wrongState(offer, 'published');
      res.json(turn(catalogue, offer, 'active'));
    },
  });
  route(billing, '/offers/:key/retire', {
    POST: (req, res) => res.json(turn(catalogue, known(catalogue, req), 'retired')),
  });
}

/** 201 for a new one; 200 for one that is there with the same content; 409 with the one that has other content. */
function create(catalogue: Catalogue, content: OfferContent, res: Response): void {
  const offer = catalogue.find(content.key);
  if (!offer) {
    res.status(201).json(catalogue.add(content));
    return;
  }
  if (isDeepStrictEqual(contentOf(offer), content)) {
    res.status(200).json(offer);
    return;
  }
  // Answered here, not thrown, so that the answer is kept for its idempotency key.
  const message = `Offer '${offer.key}' exists with other content.`;
  res.status(409).json({ error: { code: 'offer_exists', message }, offer });
}

function replace(catalogue: Catalogue, offer: SimulatedOffer, content: OfferContent): SimulatedOffer {
  if (isDeepStrictEqual(contentOf(offer), content)) return offer;
  const { id, state, version } = offer;
  const next = { ...content, id, state, version: version + 1 };
  catalogue.replace(next);
  return next;
}

/** Already there: nothing changes. */
function turn(catalogue: Catalogue, offer: SimulatedOffer, state: SimulatedOffer['state']): SimulatedOffer {
  if (offer.state === state) return offer;
  offer.state = state;
  catalogue.touch();
  return offer;
}

function known(catalogue: Catalogue, req: Request): SimulatedOffer {
  const key = param(req, 'key');
  const offer = catalogue.find(key);
  if (!offer) throw noOffer(key);
  return offer;
}

function wrongState(offer: SimulatedOffer, verb: string): ApiError {
  return new ApiError(409, 'offer_retired', `A retired offer cannot be ${verb}.`, { offer });
}

/** The content of a request; `id`, `state` and `version` are billing's own and left out. */
export function offerContent({ id: _id, state: _state, version: _version, ...sent }: JsonObject): OfferContent {
  return {
    ...sent,
    key: text(sent, 'key'),
    name: text(sent, 'name'),
    kind: text(sent, 'kind'),
    price: textOrNull(sent, 'price'),
    description: textOrNull(sent, 'description'),
  };
}

const contentOf = ({ id: _id, state: _state, version: _version, ...content }: SimulatedOffer) => content;

export function text(sent: JsonObject, field: string): string {
  const value = sent[field];
  if (typeof value !== 'string' || value === '') throw invalid(`${field} must be a text.`);
  return value;
}

export function textOrNull(sent: JsonObject, field: string): string | null {
  const value = sent[field] ?? null;
  if (value !== null && typeof value !== 'string') throw invalid(`${field} must be a text or null.`);
  return value;
}

/** Counted from page 1; 50 a page unless said otherwise. @throws 400 */
export function paging(req: Request, most: number): { page: number; per_page: number } {
  const read = (name: string, fallback: string, high: number): number => {
    const value = Number(query(req, name) ?? fallback);
    if (!Number.isInteger(value) || value < 1 || value > high) throw invalid(`${name} must be 1 to ${high}.`);
    return value;
  };
  return { page: read('page', '1', 1_000_000), per_page: read('per_page', '50', most) };
}
