/** The tab that only the demo has. */
const tab = 'wapbillingdemo00';
const [tryIt, anew] = ['wapbillingdemo01', 'wapbillingdemo02'];
const [press, ask, told] = ['wapbillingdemo03', 'wapbillingdemo04', 'wapbillingdemo05'];

const steps = [
  '1. Open the tab "1 Sell a plan" and press Sell Gold Hosting',
  '2. Watch it in the sidebar WAP billing, Runs: on sale within two minutes, for WAP is read once a minute',
  '3. Look at Overview, Usage and Dead letters there: tenants use databases all the time',
].map((name, index) => ({
  ...{ id: `wapbillingdemo1${index}`, type: 'comment', z: tab, g: tryIt, name, info: '' },
  ...{ x: 400, y: 60 + 38 * index, wires: [] },
}));

const group = (id, name, nodes, y, h) => ({
  ...{ id, type: 'group', z: tab, name, nodes, x: 34, y, w: 760, h },
  style: { stroke: '#98C7C1', fill: '#98C7C1', 'fill-opacity': '0.15', label: true, color: '#808080' },
});
const inReset = { z: tab, g: anew, y: 226 };

export const demoTab = [
  {
    ...{ id: tab, type: 'tab', label: '0 Demo', disabled: false, env: [] },
    info: 'WAP, billing and their tenants are simulated here; the addresses of both are in the lines of `npm start`.',
  },
  group(
    tryIt,
    'Try it',
    steps.map(({ id }) => id),
    14,
    146,
  ),
  group(
    anew,
    'Begin anew: empties WAP, billing and the state, and keeps your flows. The editor is back in some seconds',
    [press, ask, told],
    174,
    92,
  ),
  ...steps,
  {
    ...{ id: press, type: 'inject', name: 'Reset the demo', ...inReset, x: 180 },
    ...{ props: [], repeat: '', crontab: '', once: false, wires: [[ask]] },
  },
  {
    ...{ id: ask, type: 'http request', name: 'begin anew', ...inReset, x: 370, wires: [[told]] },
    ...{ method: 'POST', ret: 'txt', paytoqs: 'ignore', url: '${WAP_BILLING_DEMO_RESET}', tls: '', persist: false },
    ...{ proxy: '', insecureHTTPParser: false, authType: '', senderr: false, headers: [] },
  },
  {
    ...{ id: told, type: 'debug', name: 'reset', ...inReset, x: 540, wires: [] },
    ...{ active: true, tosidebar: true, console: false, tostatus: true, complete: 'payload', targetType: 'msg' },
    ...{ statusVal: 'payload', statusType: 'auto' },
  },
];
