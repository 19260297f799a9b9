import { answerCall, wasAnswered } from '../../lib/calls/open-endpoints';
import { readAnswer } from '../../lib/calls/read-answer';
import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, given, text, type Values } from '../../runtime/inputs';
import type { AdapterMessage } from '../../runtime/message';

const inputs = {
  answer: choice('approve', 'deny', 'price').preset('approve', 'str'),
  reason: text().from('msg.reason').optional(),
  price: anything().from('msg.payload').optional(),
  request: text().optional(),
};

export = defineNode({
  type: 'wap-response',
  uses: {},
  inputs,
  outputs: ['done'],
  run: async (values, { msg, say }) => {
    await answerCall(tokenOf(values, msg), readAnswer(values));
    return outcome(values, say);
  },
  // After a restart the answer may be in the book already.
  reconcile: async (values, { msg, say }) => ((await wasAnswered(tokenOf(values, msg))) ? outcome(values, say) : null),
});

const looks = { approve: 'done', deny: 'refused', price: 'done' } as const;

function outcome({ answer, reason, price }: Values<typeof inputs>, say: (key: string) => string) {
  const text = { approve: say('status.approve'), deny: reason ?? say('status.deny'), price: String(price) };
  return to('done', {}, text[answer], looks[answer]);
}

function tokenOf({ answer, request }: Values<typeof inputs>, { approval, pricing }: AdapterMessage): string {
  const token = request ?? (answer === 'price' ? pricing?.token : approval?.token);
  return given(token, 'request', 'to find what to answer; keep msg.approval or msg.pricing on the message');
}
