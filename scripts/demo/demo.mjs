/** Both simulators and the newest Node-RED this Node can run, with the examples, on 127.0.0.1: started, begun anew, restarted in
 *  part and ended together. */
import { join } from 'node:path';
import { at } from '../lib/paths.mjs';
import { emptyWorld, userDirOf } from './home.mjs';
import { answers, Servers } from './servers.mjs';

/** As slow as a real one; and a plan named "Stuck …" is never seen, but its clone "Stuck … (r2)" is. */
const propagation = ['--default-delay', '3000', '--offer-delay', '^Stuck[^(]*$=never'];

/** WAP is read once a minute, as in earnest; nobody wants to watch half an hour until a plan is given up. */
const pace = {
  BILLING_CHECK_SECONDS: process.env.BILLING_CHECK_SECONDS ?? '10',
  BILLING_DEADLINE_MINUTES: process.env.BILLING_DEADLINE_MINUTES ?? '2',
};

const wapPorts = { admin: 'wapAdmin', usage: 'wapUsage', sts: 'wapSts', windows: 'wapWindows' };

export class Demo {
  /** Addresses and secrets, as the flows read them. */
  env;
  editor;
  #home;
  #ports;
  #ofNodeRed;
  #onCrash;
  #echo;
  #servers;
  #isEnding = false;

  /** `ofNodeRed`: what Node-RED alone gets in its environment. `onCrash(name, lastLines)`: one ended by itself. `echo`: which
   *  processes also write to the terminal. */
  constructor({ home, port, secrets, ports, ofNodeRed = {}, onCrash, echo = [] }) {
    this.#home = home;
    this.#ports = ports;
    this.#ofNodeRed = { ...ofNodeRed, WAP_BILLING_DEMO_SECRET: secrets.credentialSecret };
    this.#onCrash = onCrash;
    this.#echo = echo;
    this.editor = `http://127.0.0.1:${port}/`;
    this.env = environment(home, secrets, ports);
    this.#servers = new Servers(home, onCrash);
  }

  async start() {
    await Promise.all([this.#startOne('wap'), this.#startOne('billing')]);
    await this.#startOne('node-red');
  }

  /** Those of these names that run are ended, then all of them are started; simulators first, as at the beginning. */
  async restart(names) {
    await Promise.all(names.map(name => this.#servers.stop(name)));
    for (const name of ['wap', 'billing', 'node-red']) if (names.includes(name)) await this.#startOne(name);
  }

  runs(name) {
    return this.#servers.has(name);
  }

  /** WAP, billing and the state are empty again; flows stay. */
  async beginAnew() {
    await this.#servers.end();
    if (this.#isEnding) return;
    emptyWorld(this.#home);
    this.#servers = new Servers(this.#home, this.#onCrash);
    await this.start();
  }

  async end() {
    this.#isEnding = true;
    await this.#servers.end();
  }

  async #startOne(name) {
    if (this.#isEnding) return;
    const { title, args, url, env = {} } = this.#processes[name];
    this.#servers.start(name, args, { ...this.env, ...env }, this.#echo.includes(name));
    await answers(title, url, () => this.#isEnding || this.#servers.has(name));
  }

  get #processes() {
    const state = name => ['--state', join(this.#home, `${name}-state.json`), '--demo'];
    const ports = Object.entries(wapPorts).flatMap(([name, key]) => [`--${name}-port`, String(this.#ports[key])]);
    const asks = ['--approval-endpoint', `${this.editor}wap`]; // the prefix of examples 08 and 09
    return {
      wap: {
        title: 'The simulated WAP',
        url: this.env.WAP_ADMIN_URL,
        args: [at('dist/simulator/wap-simulator.js'), ...ports, ...asks, ...state('wap')],
      },
      billing: {
        title: 'The simulated billing',
        url: this.env.BILLING_URL,
        args: [
          at('dist/simulator/billing-simulator.js'),
          ...['--port', String(this.#ports.billing)],
          ...state('billing'),
          ...propagation,
        ],
      },
      'node-red': {
        title: 'Node-RED',
        url: this.editor,
        args: [redJs(), '-u', userDirOf(this.#home)],
        env: this.#ofNodeRed,
      },
    };
  }
}

function environment(home, secrets, ports) {
  const local = port => `http://127.0.0.1:${port}`;
  return {
    ...{ WAP_ADMIN_URL: local(ports.wapAdmin), WAP_USAGE_URL: local(ports.wapUsage) },
    ...{ WAP_STS_URL: `${local(ports.wapSts)}/wstrust/issue/usernamemixed`, WAP_STS_KIND: 'usernamemixed' },
    ...{ WAP_USER: 'admin', WAP_PASSWORD: secrets.wapPassword, WAP_PRINCIPAL: 'wap-billing-demo' },
    ...{ WAP_USAGE_USER: 'UsageClient', WAP_USAGE_PASSWORD: secrets.usagePassword },
    ...{ WAP_APPROVAL_USER: 'wap', WAP_APPROVAL_PASSWORD: secrets.approvalPassword },
    ...{
      BILLING_URL: local(ports.billing),
      BILLING_TOKEN: secrets.billingToken,
      BILLING_STATE: join(home, 'wap-billing.sqlite'),
    },
    ...pace,
    ...notThroughProxy(),
  };
}

/** Everything here is on this machine; a proxy that the environment names would be asked for it. */
function notThroughProxy() {
  const names = ['NO_PROXY', 'no_proxy'];
  const list = [...names.map(name => process.env[name]), '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return Object.fromEntries(names.map(name => [name, list]));
}

function redJs() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const runs5 = major > 22 || (major === 22 && minor >= 9);
  return at('node_modules', runs5 ? 'node-red' : 'node-red-4', 'red.js');
}
