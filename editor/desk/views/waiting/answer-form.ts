import type { QuestionField, QuestionLine } from '../../../../lib/desk/questions';
import { say } from '../../../red';
import { act } from '../../client';
import { actButton } from '../../widgets/act-button';
import { type FormField, formField } from '../../widgets/form-field';

interface Given {
  state: string;
  mayAct: boolean;
  question: QuestionLine;
  /** Called when it was answered. */
  after(): void;
}

/** What a question asks to fill in, and a button for each answer. */
export function answerForm({ state, mayAct, question, after }: Given): JQuery {
  const { id, text, choices, fields, as } = question;
  const field = (given: FormField) => formField(id, given);
  const asked = fields.map(each => ({ name: each.name, ...field(fieldOf(each)) }));
  const note = field({ name: 'desk-note', label: say('desk.waiting.note'), isLong: true });
  const name = field({ name: 'desk-name', label: say('desk.waiting.name') });
  const answer = async (choice: string) => {
    const values = Object.fromEntries(asked.map(each => [each.name, each.held()]));
    const by = as === '' ? { by: name.held() } : {};
    await act(state, 'answerQuestion', { id, choice, values, note: note.held(), ...by });
    after();
    return say('desk.waiting.answered', { question: text, choice });
  };
  const unless = reasonAgainst(mayAct, question);
  const buttons = choices.map((choice, index) =>
    actButton({ text: choice, icon: index === 0 ? 'fa-check' : 'fa-reply', unless, go: () => answer(choice) }),
  );
  return $('<div class="wap-billing-desk-answer"/>').append(
    asked.map(({ row }) => row),
    as === '' ? name.row : [],
    note.row,
    $('<div class="wap-billing-desk-acts"/>').append(buttons),
  );
}

function reasonAgainst(mayAct: boolean, { people, as }: QuestionLine): string | undefined {
  if (!mayAct) return say('desk.reader');
  const isAsked = people.length === 0 || as === '' || people.some(each => each.toLowerCase() === as.toLowerCase());
  return isAsked ? undefined : say('desk.waiting.notYou', { people: people.join(', ') });
}

const fieldOf = ({ name, label, needed, kind, options }: QuestionField): FormField => ({
  name,
  label: needed === 'no' ? label : `${label} ${say(`desk.waiting.needed.${needed}`)}`,
  isNumber: kind === 'number',
  ...(kind === 'choice' ? { words: ['', ...options].map(each => [each, each] as const) } : {}),
});
