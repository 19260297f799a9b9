import { systemClock } from '../../lib/async/clock';
import { filledText } from '../../lib/template-text';
import { describeRun } from '../../lib/workflow/describe';
import { defineNode, to } from '../../runtime/define-node';
import { beLive } from '../../runtime/desk/live';
import { choice, flag, list, number, object, text } from '../../runtime/inputs';
import { nameOf } from '../../runtime/names';
import { shortened } from '../../runtime/node/fit';
import { readRetryRule } from '../../runtime/retry-rules';
import { Workflow } from '../../runtime/run/workflow';

/** Today in the time zone of the server, as 2026-11-30. */
const localDay = (at: number): string => new Date(at).toLocaleDateString('sv-SE');

export = defineNode({
  type: 'wap-workflow-start',
  uses: { state: 'billing-state' },
  durable: false,
  settings: {
    workflowName: text(),
    attempts: number({ min: 1, max: 100 }).preset(5),
    firstDelaySeconds: number({ min: 0, max: 3600, whole: false }).preset(2),
    maxDelaySeconds: number({ min: 0, max: 86400, whole: false }).preset(300),
    retryRules: list(readRetryRule).preset('[]'),
    retentionDays: number({ min: 1, max: 3650 }).preset(30),
  },
  inputs: {
    control: choice('resume', 'restart', 'skip', 'cancel', 'forget', 'get', 'list').from('msg.control').optional(),
    run: text().from('msg.run').optional(),
    runs: object().from('msg.runs').optional().aside(),
    runKey: text().from('msg.topic').optional(),
    oncePerKey: flag().preset(false).aside(),
  },
  outputs: ['run', 'running', 'control'],
  start: async ({ state, settings, signal, send, warn, log, say, ...at }) => {
    const { fail, track, flowsStarted, nodeExists, nodeName, stops, nodeId, owner } = at;
    const workflow = await Workflow.open({
      store: state.store,
      clock: systemClock,
      name: settings.workflowName,
      policy: {
        attempts: settings.attempts,
        firstDelayMs: settings.firstDelaySeconds * 1000,
        maxDelayMs: settings.maxDelaySeconds * 1000,
        rules: settings.retryRules,
      },
      retentionMs: settings.retentionDays * 86_400_000,
      signal,
      send: message => send('run', message),
      warn: (key, values) => warn(say(key, values)),
      log: (key, values) => log(say(key, values)),
      nodeExists,
      nodeName,
      stops,
      nodeId,
      owner,
      track,
      fail,
    });
    const unlessClosed = (error: unknown) => {
      if (!signal.aborted) fail(error);
    };
    flowsStarted(isTouched => void workflow.resumeOpen(isTouched).catch(unlessClosed));
    workflow.keepPruning().catch(unlessClosed);
    beLive(state.store, { kind: 'workflow', nodeId, name: settings.workflowName, workflow }, signal);
    return workflow;
  },
  run: async ({ control, run, runs, runKey: template, oncePerKey }, { live: workflow, msg, say }) => {
    const runKey = template && filledText(template, { date: localDay(systemClock.now()), ...msg });
    const which = run ?? msg.workflow?.id ?? runKey;
    if (control === 'list') return to('control', { payload: (await workflow.runs.list(null, 1000)).map(describeRun) });
    if (control === 'get') return to('control', { payload: await workflow.look(which) });
    if (control && runs) return to('control', { payload: await workflow.steerAll(control, runs) });
    if (control) return to('control', { payload: await workflow.steer(control, which) });
    const { run: started, position } = await workflow.start(runKey, { ...msg }, { oncePerKey });
    const name = nameOf(started.key, msg);
    if (position) return to('run', { workflow: position }, shortened(name));
    const isDone = started.endedAt !== null;
    const word = say(isDone ? 'status.done' : 'status.running', { name });
    return to('running', { payload: describeRun(started) }, word, isDone ? 'done' : 'alarm');
  },
});
