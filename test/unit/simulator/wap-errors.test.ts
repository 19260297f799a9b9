import assert from 'node:assert/strict';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { aPlan, aQuota } from '../../builders';
import { adminOf, type Call } from './support';

describe('the simulated admin API refuses what WAP refuses', () => {
  let wap: WapSimulator;
  before(async () => {
    wap = await startWapSimulator({ ports: 0 });
    wap.seed({
      addons: [{ Id: 'Extra1', DisplayName: 'Extra' }],
      plans: [
        { Id: 'Gold1', DisplayName: 'Gold' },
        { Id: 'Used1', DisplayName: 'Used' },
      ],
      subscriptions: [{ PlanId: 'Used1' }],
    });
  });
  after(() => wap.close());

  const json = { 'content-type': 'application/json' };
  const quota = (Value: string) => ({ ServiceQuotas: [aQuota({ Settings: [{ Key: 'Editions', Value }] })] });
  const rows: Array<[what: string, status: number, method: string, path: string, request: Call]> = [
    ['another verb', 405, 'PATCH', '/plans/Gold1', { body: {} }],
    ['a verb of another path', 405, 'DELETE', '/plans', {}],
    ['an unknown path', 404, 'GET', '/plans/Gold1/clone', {}],
    ['no principal', 400, 'GET', '/plans', { headers: { 'x-ms-principal-id': '' } }],
    ['no token', 401, 'GET', '/plans', { headers: { authorization: '' } }],
    ['a made-up token', 401, 'GET', '/plans', { headers: { authorization: 'Bearer a.b.c' } }],
    ['Basic in place of Bearer', 401, 'GET', '/plans', { headers: { authorization: 'Basic YTpi' } }],
    ['XML', 400, 'POST', '/plans', { raw: '<Plan/>', headers: { 'content-type': 'application/xml' } }],
    [
      'another charset',
      400,
      'POST',
      '/plans',
      { raw: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } },
    ],
    ['broken JSON', 400, 'POST', '/plans', { raw: '{"DisplayName": "Gol' }],
    ['a list for an object', 400, 'POST', '/plans', { body: [] }],
    ['no body', 400, 'POST', '/plans', { headers: json }],
    ['no name', 400, 'POST', '/plans', { body: { DisplayName: ' ' } }],
    ['a taken name', 409, 'POST', '/plans', { body: { DisplayName: 'Gold' } }],
    ['a taken add-on name', 409, 'POST', '/addons', { body: { DisplayName: 'Extra' } }],
    ['an enum by its name', 400, 'POST', '/plans', { body: { DisplayName: 'New', State: 'Private' } }],
    [
      'settings without text',
      400,
      'POST',
      '/plans',
      { body: { DisplayName: 'New', ServiceQuotas: [{ Settings: [{}] }] } },
    ],
    [
      'an unknown service',
      404,
      'POST',
      '/plans',
      { body: { DisplayName: 'New', ServiceQuotas: [aQuota({ ServiceName: 'x' })] } },
    ],
    ['an unknown plan', 404, 'GET', '/plans/Nothing', {}],
    ['an update of an unknown plan', 404, 'PUT', '/plans/Nothing', { body: aPlan() }],
    ['an update to a taken name', 409, 'PUT', '/plans/Gold1', { body: aPlan({ Id: 'Gold1', DisplayName: 'Used' }) }],
    ['an update with another id', 400, 'PUT', '/plans/Gold1', { body: aPlan({ Id: 'Used1' }) }],
    ['an update without a state', 400, 'PUT', '/plans/Gold1', { body: { DisplayName: 'Gold' } }],
    ['a state that is none', 400, 'PUT', '/plans/Gold1', { body: aPlan({ Id: 'Gold1', State: 3 }) }],
    ['a deletion with a body', 400, 'DELETE', '/plans/Gold1', { body: {} }],
    ['a deletion of an unknown plan', 404, 'DELETE', '/plans/Nothing', {}],
    ['a deletion of a plan in use', 409, 'DELETE', '/plans/Used1', {}],
    ['a quota of a service not in the plan', 404, 'PUT', '/plans/Gold1/quota', { body: quota('[]') }],
    ['quotas without a list', 400, 'PUT', '/plans/Gold1/quota', { body: {} }],
    ['a synchronisation with a body', 400, 'PUT', '/plans/Gold1/quota?sync=True', { body: quota('[]') }],
    ['a synchronisation of nothing', 404, 'PUT', '/plans/Nothing/quota?sync=True', {}],
    ['sync neither true nor false', 400, 'PUT', '/plans/Gold1/quota?sync=1', {}],
    ['PUT to add a service', 405, 'PUT', '/plans/Gold1/services', { body: { Name: 'sqlservers', InstanceId: 'x' } }],
    [
      'a service of another instance',
      404,
      'POST',
      '/plans/Gold1/services',
      { body: { Name: 'sqlservers', InstanceId: 'x' } },
    ],
    ['the removal of a missing service', 404, 'DELETE', '/plans/Gold1/services/sqlservers', {}],
    ['a link to an unknown add-on', 404, 'POST', '/plans/Gold1/addons', { body: { AddOnId: 'Nothing' } }],
    ['a link to an add-on not configured', 400, 'POST', '/plans/Gold1/addons', { body: { AddOnId: 'Extra1' } }],
    ['the removal of a missing link', 404, 'DELETE', '/plans/Gold1/addons/Extra1', {}],
    ['metrics without a period', 404, 'GET', '/plans/Gold1/metrics', {}],
    ['an unknown resource provider', 404, 'GET', '/resourceproviders/sqlservers/x', {}],
    ['providers by a bad flag', 400, 'GET', '/resourceproviders?includeSystemResourceProviders=2', {}],
  ];
  for (const [what, status, method, path, request] of rows) {
    it(`${what}: ${status}`, async () => {
      const before = wap.state;
      const answer = await adminOf(wap)(method, path, request);
      assert.equal(answer.status, status);
      assert.deepEqual(Object.keys(answer.body), ['Code', 'Message', 'Details']);
      assert.equal(typeof answer.body.Code, 'string');
      assert.deepEqual(wap.state, before);
    });
  }

  it('tells each wrong field in Details', async () => {
    const { body } = await adminOf(wap)('POST', '/plans', { body: { DisplayName: 'Gold' } });
    const [detail] = Array.isArray(body.Details) ? body.Details : [];
    assert.deepEqual(Object.keys(detail), ['Code', 'Source', 'Message']);
    assert.equal(detail.Source, 'DisplayName');
  });

  it('answers bad quota settings in the words of a resource provider', async () => {
    const admin = adminOf(wap);
    const { ServiceName: Name, ServiceInstanceId: InstanceId } = aQuota();
    const added = await admin('POST', '/plans/Used1/services', { body: { Name, InstanceId, ConfigState: 0 } });
    assert.equal(added.status, 200);
    const answer = await admin('PUT', '/plans/Used1/quota', { body: quota('five') });
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body, {
      Code: 'BadRequest',
      Message: 'Quota setting Editions is not valid.',
      ExtendedCode: '90001',
      MessageTemplate: 'Quota setting {0} is not valid.',
      Parameters: ['Editions'],
      InnerErrors: null,
    });
  });
});
