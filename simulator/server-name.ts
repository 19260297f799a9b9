/** The servers that a simulator can be. */
export const serverNames = ['admin', 'usage', 'sts', 'windows', 'billing'] as const;
export type ServerName = (typeof serverNames)[number];
