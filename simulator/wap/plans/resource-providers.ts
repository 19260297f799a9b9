import type { Router } from 'express';
import { param, query, route } from '../../routes';
import { notFound } from '../errors';
import { queryBoolean } from '../read';
import { standardProviders, systemProviders } from './resource-provider-list';

/** dn448736; one by name and instance: SDK. */
export function resourceProviderRoutes(admin: Router): void {
  route(admin, '/resourceproviders', {
    GET: (req, res) => {
      const name = 'includeSystemResourceProviders';
      const withSystem = queryBoolean(query(req, name), name, false);
      res.json(withSystem ? [...standardProviders, ...systemProviders] : standardProviders);
    },
  });
  route(admin, '/resourceproviders/:name/:instanceId', {
    GET: (req, res) => {
      const found = [...standardProviders, ...systemProviders].find(
        provider =>
          provider.Name === param(req, 'name') &&
          provider.InstanceId.toLowerCase() === param(req, 'instanceId').toLowerCase(),
      );
      if (!found) throw notFound(`Resource provider '${param(req, 'name')}' was not found.`);
      res.json(found);
    },
  });
}
