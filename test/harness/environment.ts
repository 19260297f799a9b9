/** What of the machine's environment tests may see. Read before any test, so that neither a test nor a process it starts finds
 *  the settings of an adapter that somebody runs here, another language than English, or a proxy before 127.0.0.1. */

/** The environment as it was, for npm: it may need a proxy to reach its registry. */
export const machine: NodeJS.ProcessEnv = { ...process.env };

const ours = /^(WAP|BILLING2?|RECONCILE)_/;
const testsOwn = /^WAP_BILLING_/;
const language = /^(LC_.*|LANG|LANGUAGE)$/;
const network = /^((HTTPS?|ALL|NO)_PROXY|NODE_USE_ENV_PROXY|NODE_TLS_REJECT_UNAUTHORIZED)$/i;
const nodeRed = /^NODE_RED_(?!MAJOR$)/;

/** Whether a variable says something about this machine that must not decide a test. */
export const isOfTheMachine = (name: string): boolean =>
  !testsOwn.test(name) && [ours, language, network, nodeRed].some(kind => kind.test(name));

for (const name of Object.keys(process.env)) if (isOfTheMachine(name)) delete process.env[name];
