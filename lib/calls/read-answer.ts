import { AdapterError, shapeOf } from '../errors';
import type { CallAnswer } from './open-endpoints';

/** Characters that tenants are shown. */
const longestPrice = 1000;

/** The answer as a node gives it. @throws INPUT_MISSING without a price; INPUT_INVALID for what tenants cannot be shown */
export function readAnswer(given: {
  answer: CallAnswer['answer'];
  reason: string | undefined;
  price: unknown;
}): CallAnswer {
  const { answer, reason, price } = given;
  if (answer !== 'price') return { answer, reason };
  if (price === undefined) {
    throw new AdapterError('INPUT_MISSING', 'price: a price needs its text, such as 19.90 EUR per month.', {
      subject: 'price',
    });
  }
  const text = typeof price === 'number' ? String(price) : price;
  if (typeof text === 'string' && text.length <= longestPrice) return { answer, price: text };
  const wanted = `a text of at most ${longestPrice} characters`;
  throw new AdapterError('INPUT_INVALID', `price: expected ${wanted}, but got ${shapeOf(price)}.`, {
    subject: 'price',
  });
}
