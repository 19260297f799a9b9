import type { ResourceProvider } from '../../../lib/wap/types';

/** The services named in the documents (API names), each with an id that never changes. */
const known: Array<[name: string, displayName: string, instanceId: string, type: number, port: number]> = [
  ['sqlservers', 'SQL Servers', '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11', 0, 30010],
  ['mysqlservers', 'MySQL Servers', 'c2f7e8b4-6a35-4d0e-8f59-2f4b7d90e3a2', 0, 30012],
  ['webspaces', 'Web Site Cloud', '15b9d3e6-98c4-4f77-a2d1-6c0e5a7b8f33', 0, 30014],
  ['servicebus', 'Service Bus', '0d3c96a7-b58e-4f12-8e6b-4a7f2c19d055', 0, 30016],
  ['systemcenter', 'Virtual Machine Clouds', 'e8460b1f-27da-4b6c-b1c8-93d5f04a7e44', 2, 30018],
];
const knownSystem: typeof known = [
  ['usageservice', 'Usage Service', '5be2a94d-7c13-4f86-9a0e-d1863b47c2f5', 1, 30022],
  ['marketplace', 'Marketplace', 'b94f06d8-1ea7-4c5b-83f2-6d70a9e5c318', 0, 30020],
];

export const standardProviders: ResourceProvider[] = known.map(toProvider);
export const systemProviders: ResourceProvider[] = knownSystem.map(toProvider);

/** dn448736, dn448760. A real WAP shows the endpoints' accounts; these are made up and open nothing. */
function toProvider([name, displayName, instanceId, type, port]: (typeof known)[number]): ResourceProvider {
  const endpoint = {
    ForwardingAddress: `https://wap.example:${port}/`,
    AuthenticationMode: 1,
    AuthenticationUsername: `${name}-account`,
    AuthenticationPassword: 'made-up',
  };
  return {
    Name: name,
    DisplayName: displayName,
    Description: displayName,
    Enabled: true,
    PassThroughEnabled: true,
    AllowAnonymousAccess: false,
    AllowMultipleInstances: false,
    AdminEndpoint: endpoint,
    TenantEndpoint: {
      ...endpoint,
      SourceUriTemplate: `{subid}/services/${name}/{*path}`,
      TargetUriTemplate: 'subscriptions/{subid}/{*path}',
    },
    UsageEndpoint: endpoint,
    HealthCheckEndpoint: null,
    NotificationEndpoint: endpoint,
    InstanceId: instanceId,
    InstanceDisplayName: null,
    MaxQuotaUpdateBatchSize: 100,
    SubscriptionStatusPollingInterval: '00:05:00',
    Type: type,
    Settings: [],
  };
}

/** The provider that a plan's service names, if there is one. */
export function providerOf(name: string, instanceId: string): ResourceProvider | undefined {
  return standardProviders.find(
    provider => provider.Name === name && provider.InstanceId.toLowerCase() === instanceId.toLowerCase(),
  );
}
