import type { Migration } from './migration';

/** When WAP deleted a subscription: what is known of it can be forgotten some time after. */
export const goneTenants: Migration = {
  id: 10,
  name: 'gone tenants',
  up: [
    'ALTER TABLE tenant_facts ADD COLUMN gone_at BIGINT',
    // In a text inside the JSON the quotes would have backslashes before them.
    `UPDATE tenant_facts SET gone_at = updated_at WHERE body LIKE '%"deleted":{%'`,
    'CREATE INDEX tenant_facts_gone ON tenant_facts (installation, gone_at) WHERE gone_at IS NOT NULL',
  ],
};
