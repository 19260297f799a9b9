import { systemClock } from '../../lib/async/clock';
import { importPrepared, inImport } from '../../lib/mapping/import';
import { Mapping } from '../../lib/mapping/mapping';
import {
  bulkOperations,
  entryOperations,
  type MappingAnswer,
  mappingFile,
  preparedFile,
} from '../../lib/mapping/operations';
import type { Tx } from '../../lib/state/port';
import { defineNode, notFound, to } from '../../runtime/define-node';
import { anything, choice, flag, number, text } from '../../runtime/inputs';
import { Within } from '../../runtime/run/durable';

export = defineNode({
  type: 'mapping-store',
  uses: { connection: 'wap-connection', billing: 'billing-connection', state: 'billing-state' },
  inputs: {
    operation: choice('put', 'get', 'remove', 'list', 'import', 'export', 'unmapped', 'history').preset('put'),
    lookUpBy: choice('wapId', 'billingId').preset('wapId'),
    mappingKind: text().from('msg.wap.kind').optional(),
    wapId: text().from('msg.wap.plan.Id').optional(),
    billingId: text().from('msg.billing.offer.remoteId').optional(),
    mappingName: text().from('msg.wap.plan.DisplayName').optional(),
    note: text().preset('', 'str').optional(),
    replace: flag().preset(false),
    searchText: text().preset('', 'str').optional(),
    limit: number({ min: 1, max: 1000 }).preset(100),
    wapPlans: anything().from('msg.payload').optional(),
    onlyUnmapped: flag().preset(false),
    fileFormat: choice('csv', 'csv-semicolon', 'json').preset('csv'),
    fileContent: anything().from('msg.payload').optional(),
    importMode: choice('merge', 'overwrite', 'replace-all').preset('merge'),
    dryRun: flag().preset(false),
  },
  outputs: ['done', 'notFound'],
  reconcile: 'no effect',
  run: async ({ operation, ...request }, { connection, billing, state, actor, say }) => {
    const scope = { installation: connection.installation, target: billing.target };
    const mapping = new Mapping(state.store, systemClock, scope);
    const outcomeOf = ({ payload, entry, total }: MappingAnswer) => {
      // An entry from an earlier node must not pass for the one that was not found.
      if (entry === null) return notFound({ payload, mapping: undefined }, say('output.notFound'));
      const shown = entry ? `${entry.name ?? entry.wapId} ↔ ${entry.billingId}` : undefined;
      return to(
        'done',
        { payload, ...(entry ? { mapping: entry } : {}), ...(total === undefined ? {} : { total }) },
        shown,
      );
    };
    if (operation === 'import') {
      const prepared = await preparedFile(request, actor);
      const imported = async (tx: Tx) => outcomeOf({ payload: await importPrepared(tx, mapping, prepared) });
      return new Within(state.store, imported, inImport);
    }
    if (operation === 'export') {
      const { payload } = await bulkOperations.export(mapping, request);
      return to('done', { payload, filename: mappingFile(state.folder, request) });
    }
    if (operation === 'unmapped') return outcomeOf(await bulkOperations.unmapped(mapping, request));
    return new Within(state.store, async tx =>
      outcomeOf(await entryOperations[operation](mapping, request, actor, tx)),
    );
  },
});
