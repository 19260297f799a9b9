import { AdapterError } from '../../lib/errors';
import type { BegunEffect } from '../../lib/workflow/perform';
import type { AdapterMessage } from '../message';

/** The step that a node does in a run, and the run's key. @throws INPUT_MISSING outside a run */
export function stepIn({
  begun,
  msg,
}: {
  begun: BegunEffect | null;
  msg: Readonly<AdapterMessage>;
}): BegunEffect & { key: string } {
  if (begun && msg.workflow) return { ...begun, key: msg.workflow.key };
  throw outsideRun();
}

export function outsideRun(): AdapterError {
  return new AdapterError(
    'INPUT_MISSING',
    'msg.workflow holds nothing: the message did not come through a wap-workflow-start node.',
    { subject: 'workflow' },
  );
}
