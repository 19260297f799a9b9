import { AdapterError } from '../../errors';
import { explanation } from '../../http/status';
import type { Kind, ResourceProviderReference } from '../types';
import type { CallOptions } from './admin';
import type { Send } from './admin-calls';
import { kindNames, resourcePath } from './admin-calls';

/** WAP's answer when the service is there already. */
const there = 409;
/** WAP's answers to a verb that it does not serve; 404 also means that plan or service is not known. */
const unknown = [404, 405];

/** Adds a service. The SDK sends POST, dn448765 prints PUT: when WAP knows no such verb (404, 405) the other one is tried. A
 *  service that is there already (409) counts as added. Safe to repeat.
 *  @throws WAP_NOT_FOUND when both answer so: then WAP does not know the plan or the service */
export async function addService(
  send: Send,
  kind: Kind,
  id: string,
  service: ResourceProviderReference,
  options?: CallOptions,
): Promise<void> {
  const subject = `service ${service.Name} of ${kindNames[kind]} ${id}`;
  const path = resourcePath(kind, id, 'services');
  const accept = (status: number) => status === there || unknown.includes(status);
  const reasons: string[] = [];
  for (const method of ['POST', 'PUT'] as const) {
    const answer = await send({ method, path, body: service, repeatable: true, subject, accept }, options);
    if (!unknown.includes(answer.status)) return;
    if (answer.status === 404) reasons.push(explanation(answer.body) ?? 'no reason given');
  }
  const why = reasons[0] ?? 'it takes neither POST nor PUT';
  throw new AdapterError('WAP_NOT_FOUND', `WAP did not add the ${subject}: ${why}.`, { httpStatus: 404, subject });
}
