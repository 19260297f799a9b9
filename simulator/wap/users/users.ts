import type { Router } from 'express';
import { bytesOf, type JsonObject, jsonObject } from '../../json-body';
import { param, query, route } from '../../routes';
import { badRequest, conflict } from '../errors';
import type { Installation } from '../installation';
import { Listing } from '../listing';
import { integer, queryBoolean, text, textOrNull } from '../read';
import { startDeletion } from '../subscriptions/changes';
import { wapTime } from '../time';
import { userView } from '../views';
import { newUser } from './table';
import type { User } from './user';

/** Users: dn448791, SDK. No feed tells of them. */
export function userRoutes(admin: Router, wap: Installation): void {
  const listing = new Listing<User>(wap.settings.listLimit);
  route(admin, '/users', {
    GET: (req, res) => {
      const listed = {
        all: wap.users.all(),
        texts: (user: User) => [user.Name, user.Email],
        sortable: ['Name', 'Email', 'State', 'CreatedTime'],
      } as const;
      res.json(listing.page(req, listed, user => userView(wap, user)));
    },
    POST: (req, res) => {
      const body = jsonObject(req);
      const user = { ...newUser(text(body, 'Name'), wapTime(wap.now(), wap.random)), ...userFields(body) };
      wap.users.add(user);
      wap.changes += 1;
      res.status(201).json(userView(wap, user));
    },
  });
  route(admin, '/users/:name', {
    GET: (req, res) => res.json(userView(wap, wap.users.get(param(req, 'name')))),
    PUT: (req, res) => {
      const known = wap.users.get(param(req, 'name'));
      const body = jsonObject(req);
      if (text(body, 'Name').toLowerCase() !== known.Name.toLowerCase()) {
        throw badRequest('Name differs from the one in the address.', 'Name');
      }
      const next = { ...known, ...userFields(body) };
      wap.users.put(next);
      wap.changes += 1;
      res.json(userView(wap, next));
    },
    DELETE: (req, res) => {
      if (bytesOf(req).length > 0) throw badRequest('DELETE takes no body.');
      const flag = (name: string): boolean => queryBoolean(query(req, name), name, false);
      remove(wap, param(req, 'name'), flag('deleteSubscriptions'), flag('force'));
      res.status(202).end();
    },
  });
}

/** With its subscriptions when asked; otherwise refused while there are any (assumed). */
function remove(wap: Installation, name: string, deleteSubscriptions: boolean, force: boolean): void {
  const user = wap.users.get(name);
  if (wap.subscriptions.ofUser(name) > 0) {
    if (!deleteSubscriptions) throw conflict(`User '${name}' has subscriptions.`, 'SubscriptionCount');
    const own = wap.subscriptions
      .all()
      .filter(known => known.AccountAdminLiveEmailId?.toLowerCase() === name.toLowerCase());
    for (const { SubscriptionID } of own) startDeletion(wap, SubscriptionID, force, false);
  }
  wap.users.remove(user.Name);
  wap.changes += 1;
}

function userFields(body: JsonObject): Pick<User, 'Email' | 'State'> {
  return {
    Email: textOrNull(body, 'Email'),
    State: body.State == null ? 1 : integer(body, 'State', value => value >= 0 && value <= 3),
  };
}
