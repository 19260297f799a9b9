import '../lib/node-version';

import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import type { CheckedPart } from '../lib/checked';
import { AdapterError } from '../lib/errors';
import { upToDate } from '../lib/settings-version';
import { FlowStarts } from './flows/flow-starts';
import type { Inputs, Values } from './inputs';
import { valuesFromEnv } from './node/env';
import { envOf, evaluate, type Saved } from './node/evaluate';
import { type Facts, factSettings } from './node/facts';
import { failureOf } from './node/failure';
import type { HandleTypes } from './node/handles';
import { prepareGuarded, withGuard } from './node/jsonata';
import { passwords, secretOf } from './node/secret';
import { type Closable, type SharedHandle, shareHandle } from './node/shared-handle';
import { type Peers, peersOf } from './peers';
import { checkRoute, type Given, testedRoute } from './routes/check-route';
import { type ChoiceLists, choicesRoute } from './routes/choices-route';
import { inDialogWords } from './routes/dialog-words';
import { type Reads, readRoute } from './routes/read-route';
import { type Trial, tryRoute } from './routes/try-route';

/** A configuration node: which settings and secrets, and what is opened from them for the nodes that use it. */
export interface ConfigDefinition<T extends keyof HandleTypes, I extends Inputs> {
  type: T;
  settings: I;
  /** Credentials, all of them passwords. Each can instead be the name of an environment variable, kept as
   *  `<name>Env` in the flow, so that nothing secret is in it. */
  secrets: readonly string[];
  open(settings: Values<I>, context: ConfigContext): Promise<HandleTypes[T] & Closable>;
  /** For Test connection in the dialog: what works and what does not. */
  check?(handle: HandleTypes[T], signal: AbortSignal): Promise<CheckedPart[]>;
  /** The same without opening anything, where opening would make something that stays. */
  examine?(settings: Values<I>, context: ConfigContext): Promise<string>;
  /** Facts of the runtime that the dialog shows, as `RED.settings.<name>`; names begin with the type in camel case. */
  facts?: Facts;
  /** Tries one call as the dialog holds it, for somebody who writes its templates. */
  attempt?(handle: HandleTypes[T], trial: Trial, signal: AbortSignal): Promise<unknown>;
  /** What dialogs can offer as suggestions through this connection. */
  choices?: ChoiceLists<HandleTypes[T]>;
  /** What dialogs can read through it besides. */
  reads?: Reads<HandleTypes[T]>;
  /** Called each time the flows have started, while nodes use it. */
  flowsStarted?(RED: NodeAPI, node: Node, handle: HandleTypes[T]): Promise<void>;
  /** Further routes that come with the type. */
  routes?(RED: NodeAPI): void;
}

export interface ConfigContext {
  /** A secret from the stored credentials or the environment; `undefined` when neither is given.
   *  @throws INPUT_MISSING when the environment variable named is not set. */
  secret(name: string): string | undefined;
  /** What `${NAME}` brings into a field from the environment. */
  broughtIn(field: string): string[];
  /** Node-RED's own configuration nodes that this one refers to. */
  peers: Peers;
  /** Something that works, and that a person should know of. */
  warn(text: string): void;
  /** Node-RED's user directory, where files of ours live. */
  userDir: string;
  /** Node-RED's plug-ins of a type, of whatever package. */
  plugins(type: string): readonly unknown[];
  /** Compiles JSONata as Node-RED does elsewhere. */
  jsonata(expression: string): (data: unknown, bindings?: Record<string, unknown>) => Promise<unknown>;
}

interface ConfigNode<H> extends Node {
  shared: SharedHandle<H>;
}

export function defineConfig<T extends keyof HandleTypes, I extends Inputs>(
  definition: ConfigDefinition<T, I>,
): NodeInitializer & { definition: ConfigDefinition<T, I> } {
  const initialise = (RED: NodeAPI) => {
    const { type, check, examine, attempt, choices, reads } = definition;
    const read = async (from: Given) => {
      const current = { ...from, saved: upToDate(type, from.saved) };
      const values = await evaluate(RED, from.node, definition.settings, current.saved);
      return [values, contextOf(RED, current)] as const;
    };
    const open = async (from: Given) => definition.open(...(await read(from)));

    function Config(this: ConfigNode<HandleTypes[T]>, saved: NodeDef & Saved) {
      RED.nodes.createNode(this, saved);
      this.shared = shareHandle(
        telling(RED, this, () => open({ node: this, saved, secrets: { ...this.credentials } })),
      );
      const closing = new AbortController();
      const { flowsStarted } = definition;
      if (flowsStarted) {
        new FlowStarts(RED, closing.signal).onEach(() => {
          const told = this.shared.whileUsed(handle => flowsStarted(RED, this, handle));
          told.catch(() => undefined); // whoever uses it meets the same failure
        });
      }
      this.on('close', (done: () => void) => {
        closing.abort();
        this.shared.drained().then(done, done);
      });
    }

    const settings = factSettings(RED, definition.facts);
    RED.nodes.registerType(type, Config, { credentials: passwords(definition.secrets), settings });
    if (examine) checkRoute(RED, type, async from => examine(...(await read(from))));
    if (check) {
      checkRoute(RED, type, async (from, signal) => using(await open(from), handle => check(handle, signal)));
      testedRoute(RED, type, check);
    }
    if (attempt)
      tryRoute(RED, type, async (from, trial, signal) =>
        using(await open(from), handle => attempt(handle, trial, signal)),
      );
    if (choices) choicesRoute(RED, type, choices);
    if (reads) readRoute(RED, type, reads);
    definition.routes?.(RED);
  };
  return Object.assign(initialise, { definition });
}

/** `open` that also logs why it fails, once for each reason: the error itself goes to the node that asked, where a Catch node
 *  may swallow it. */
function telling<H>(RED: NodeAPI, node: Node, open: () => Promise<H>): () => Promise<H> {
  let told: string | undefined;
  return async () => {
    try {
      const handle = await open();
      told = undefined;
      return handle;
    } catch (error) {
      const { message } = failureOf(RED, error);
      if (message !== told) node.warn(message);
      told = message;
      // Named here, because the field is in another dialog than that of the node that asked.
      throw error instanceof AdapterError ? inDialogWords(RED, error) : error;
    }
  };
}

async function using<H extends Closable, R>(handle: H, use: (handle: H) => Promise<R>): Promise<R> {
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

function contextOf(RED: NodeAPI, { node, saved, secrets }: Given): ConfigContext {
  return {
    secret: name => secretOf(RED, node, saved, secrets, name),
    broughtIn: field => valuesFromEnv(String(saved[field] ?? ''), name => envOf(RED, node, name)),
    warn: text => node.warn(text),
    peers: peersOf(RED, saved),
    userDir: RED.settings.userDir ?? process.cwd(),
    plugins: type => RED.plugins.getByType(type),
    jsonata: expression => {
      const compiled = prepareGuarded(RED, expression, node);
      return (data, bindings) => Promise.resolve(compiled.evaluate(data, withGuard(bindings)));
    },
  };
}
