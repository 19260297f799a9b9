import assert from 'node:assert/strict';
import { type GivenAnswer, readAnswer } from '../../../lib/questions/answer';
import type { Asked, QuestionField } from '../../../lib/state/tables/question';
import { fails } from '../state/scratch';

const aField = (more: Partial<QuestionField>): QuestionField => ({
  ...{ name: 'price', label: 'Price', kind: 'text', options: [], needed: 'no' },
  ...more,
});
const read = (given: Partial<GivenAnswer>, asked: Partial<Asked> = {}) =>
  readAnswer(
    { text: 'On sale?', choices: ['Yes', 'Not yet'], fields: [], people: [], ...asked },
    { choice: 'Yes', by: 'Ann', how: 'desk', ...given },
  );

describe('an answer', () => {
  it('is one of the choices, in any case, with a note', () => {
    const rest = { values: {}, by: 'Ann', how: 'desk' };
    assert.deepEqual(read({ choice: ' not YET ', by: ' Ann ', note: ' later ' }), {
      choice: 1,
      note: 'later',
      ...rest,
    });
    assert.deepEqual(read({ note: 7 }), { choice: 0, note: '', ...rest });
  });

  for (const [given, code, message] of [
    [{ choice: undefined }, 'INPUT_MISSING', /^choice: fill it in/],
    [{ choice: null }, 'INPUT_MISSING', /^choice: /],
    [{ choice: '' }, 'INPUT_MISSING', /^choice: /],
    [{ choice: 'Maybe' }, 'INPUT_INVALID', /^choice: has to be one of: Yes, Not yet\./],
    [{ values: ['9'] }, 'INPUT_INVALID', /^values: is a list/],
    [{ values: { price: '9' } }, 'INPUT_INVALID', /^price: is not asked for here\. The fields are: none\./],
  ] as const)
    it(`is refused as ${JSON.stringify(given)}`, () => {
      assert.throws(() => read(given), fails(code, message));
    });

  for (const [field, given, value] of [
    [{ kind: 'text' }, ' 9 EUR ', '9 EUR'],
    [{ kind: 'text' }, 9, '9'],
    [{ kind: 'text' }, '  ', undefined],
    [{ kind: 'text' }, null, undefined],
    [{ kind: 'number' }, ' 12.5 ', 12.5],
    [{ kind: 'number' }, '', undefined],
    [{ kind: 'choice', options: ['a', 'b'] }, 'b', 'b'],
  ] as const)
    it(`has ${JSON.stringify(value)} of a ${field.kind} for ${JSON.stringify(given)}`, () => {
      const fields = [aField({ ...field, options: 'options' in field ? [...field.options] : [] })];
      assert.deepEqual(
        read({ values: { price: given } }, { fields }).values,
        value === undefined ? {} : { price: value },
      );
    });

  for (const [field, given, message] of [
    [{ kind: 'number' }, 'nine', /^Price: has to be a number/],
    [{ kind: 'choice', options: ['a', 'b'] }, 'c', /^Price: has to be one of: a, b\./],
    [{ kind: 'text' }, { a: 1 }, /^Price: is an object with 1 fields, not a text/],
  ] as const)
    it(`does not take ${JSON.stringify(given)} for a ${field.kind}`, () => {
      const fields = [aField({ ...field, options: 'options' in field ? [...field.options] : [] })];
      assert.throws(() => read({ values: { price: given } }, { fields }), fails('INPUT_INVALID', message));
    });

  for (const [needed, choice, isRefused] of [
    ['yes', 'Yes', true],
    ['yes', 'Not yet', true],
    ['first', 'Yes', true],
    ['first', 'Not yet', false],
    ['no', 'Yes', false],
  ] as const)
    it(`${isRefused ? 'is refused' : 'is taken'} without a field that is needed: ${needed}, for ${choice}`, () => {
      const answer = () => read({ choice, values: { price: ' ' } }, { fields: [aField({ needed })] });
      if (isRefused) assert.throws(answer, fails('INPUT_MISSING', /^Price: fill it in/));
      else assert.deepEqual(answer().values, {});
    });

  it('comes from anybody, or from those who may answer, by the name that is known', () => {
    assert.equal(read({ by: '' }).by, '');
    const people = ['Ann', 'Bob'];
    assert.equal(read({ by: ' bob ' }, { people }).by, 'Bob');
    assert.throws(() => read({ by: '' }, { people }), fails('INPUT_MISSING', /^name: /));
    assert.throws(
      () => read({ by: 'Eve' }, { people }),
      fails('INPUT_INVALID', /^name: may not answer this; Ann, Bob may/),
    );
  });
});
