/** @throws below Node.js 20.19: at once and in one sentence, instead of a failure in a flow that nobody can place. */
export function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`node-red-wap-billing needs Node.js 20.19 or later, and this is ${version}: update Node.js.`);
}

refuseOldNode(process.versions.node);
